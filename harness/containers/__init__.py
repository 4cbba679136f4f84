"""The container engine and images: bases, published binaries, builds; each made once, named by what it is made of."""
