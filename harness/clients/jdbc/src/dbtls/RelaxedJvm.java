package dbtls;

import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.security.Security;
import java.util.ArrayList;
import java.util.List;

/**
 * A second JVM with the same probe, for requests that allow legacy crypto: a JVM reads jdk.tls.disabledAlgorithms once.
 *
 * <p>Requests and answers pass through as they are. It is started by the first such request and ends with this JVM.
 */
final class RelaxedJvm {
    private static final String LIST = "jdk.tls.disabledAlgorithms";

    private final OutputStream requests;

    /** Starts it with {@code options} of the JVM and {@code arguments} of the probe; {@code answered} gets each line. */
    RelaxedJvm(List<Object> options, String configuration, Answers answered) throws IOException {
        List<String> command = new ArrayList<>();
        command.add(System.getProperty("java.home") + File.separator + "bin" + File.separator + "java");
        for (Object option : options) {
            command.add((String) option);
        }
        command.add("-cp");
        command.add(System.getProperty("java.class.path"));
        command.add(Probe.class.getName());
        command.add(configuration);
        command.add("relaxed");
        Process process = new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT).start();
        requests = process.getOutputStream();
        BufferedReader lines = new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));
        if (lines.readLine() == null) {
            throw new IOException("the JVM with relaxed " + LIST + " said nothing");
        }
        Thread pump = new Thread(() -> {
            try {
                for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                    answered.write(line);
                }
            } catch (IOException broken) {
                System.err.println(broken);
            }
            System.err.println("the JVM with relaxed " + LIST + " ended");
            Runtime.getRuntime().halt(1);
        });
        pump.setDaemon(true);
        pump.start();
    }

    synchronized void ask(String line) throws IOException {
        requests.write((line + "\n").getBytes(StandardCharsets.UTF_8));
        requests.flush();
    }

    /** In the second JVM, before anything of JSSE is loaded: the list as shipped, less TLSv1, TLSv1.1, and short groups. */
    static void relax() {
        List<String> kept = new ArrayList<>();
        for (String each : Security.getProperty(LIST).split(",")) {
            String entry = each.trim();
            if (!entry.equals("TLSv1") && !entry.equals("TLSv1.1")) {
                kept.add(entry.startsWith("DH keySize") ? "DH keySize < 512" : entry);
            }
        }
        Security.setProperty(LIST, String.join(", ", kept));
    }
}
