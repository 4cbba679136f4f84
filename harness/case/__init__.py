"""What is claimed: situations, cases made of them by one change, and the scenarios that say so."""
