package dbtls;

import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;

/** Standard output, a whole line at a time; what a driver prints goes to standard error. */
final class Answers {
    private final OutputStream out = new FileOutputStream(FileDescriptor.out);

    Answers() {
        System.setOut(System.err);
    }

    synchronized void write(String line) throws IOException {
        out.write((line + "\n").getBytes(StandardCharsets.UTF_8));
    }
}
