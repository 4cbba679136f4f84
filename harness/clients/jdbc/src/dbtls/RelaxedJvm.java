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
import java.util.Map;

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

    /** In the second JVM, before anything of JSSE is loaded: {@code instead} of entries of the list as shipped. */
    static void relax(Map<String, Object> instead) {
        Security.setProperty(LIST, String.join(", ", relaxed(instead)));
    }

    /** What {@code instead} takes away from the list as shipped and adds to it, in words. */
    static String change(Map<String, Object> instead) {
        List<String> shipped = shipped();
        List<String> relaxed = relaxed(instead);
        List<String> less = new ArrayList<>(shipped);
        less.removeAll(relaxed);
        List<String> more = new ArrayList<>(relaxed);
        more.removeAll(shipped);
        String with = more.isEmpty() ? "" : ", with " + String.join(", ", more);
        return LIST + " less " + String.join(", ", less) + with;
    }

    private static List<String> relaxed(Map<String, Object> instead) {
        List<String> kept = new ArrayList<>();
        for (String entry : shipped()) {
            String now = entry;
            for (Map.Entry<String, Object> each : instead.entrySet()) {
                if (entry.equals(each.getKey()) || entry.startsWith(each.getKey() + " ")) {
                    now = (String) each.getValue();
                }
            }
            if (!now.isEmpty()) {
                kept.add(now);
            }
        }
        return kept;
    }

    private static List<String> shipped() {
        List<String> entries = new ArrayList<>();
        for (String each : Security.getProperty(LIST).split(",")) {
            entries.add(each.trim());
        }
        return entries;
    }
}
