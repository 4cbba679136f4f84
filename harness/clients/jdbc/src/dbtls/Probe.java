package dbtls;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Paths;
import java.sql.Connection;
import java.sql.Driver;
import java.sql.SQLException;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/**
 * A JDBC driver as a client probe: speaks harness/clients/protocol.py for one driver's jar, in a class loader of its own.
 *
 * <p>Its first argument is a JSON object: {@code hello}, {@code jar}, {@code driver} (a class), {@code options} of the
 * JVM, {@code relaxed} (entries of jdk.tls.disabledAlgorithms, and what stands there where legacy crypto is allowed),
 * {@code spelling}, and {@code pool}: HikariCP's jars, or null. Runs on Java 8 and later.
 */
public final class Probe {
    private final Map<String, Object> configuration;
    private final String configurationText;
    private final boolean relaxed;
    private final Answers answers;
    private final Driver driver;
    private final Spelling spelling;
    private final ExecutorService attempts;
    private final Map<Long, Connection> sessions = new ConcurrentHashMap<>();
    private final Set<Long> sessionsElsewhere = Collections.newSetFromMap(new ConcurrentHashMap<Long, Boolean>());
    private RelaxedJvm relaxedJvm;
    private Pools pools;

    private Probe(String configurationText, boolean relaxed, Answers answers) throws Exception {
        this.configurationText = configurationText;
        this.configuration = Spelling.map(Json.parse(configurationText));
        this.relaxed = relaxed;
        this.answers = answers;
        URL jar = Paths.get((String) configuration.get("jar")).toUri().toURL();
        // Not the probe's own loader as the parent: a driver sees the JDK and nothing else.
        ClassLoader loader = new URLClassLoader(new URL[] {jar}, Probe.class.getClassLoader().getParent());
        Class<?> found = Class.forName((String) configuration.get("driver"), true, loader);
        this.driver = (Driver) found.getDeclaredConstructor().newInstance();
        this.spelling = new Spelling(driver, Spelling.map(configuration.get("spelling")));
        this.attempts = Executors.newFixedThreadPool(concurrency(), task -> {
            Thread thread = new Thread(task);
            thread.setDaemon(true);
            thread.setContextClassLoader(loader);
            return thread;
        });
    }

    public static void main(String[] arguments) {
        Answers answers = new Answers();
        int status = 1;
        try {
            boolean relaxed = arguments.length > 1 && arguments[1].equals("relaxed");
            if (relaxed) {
                RelaxedJvm.relax(instead(Spelling.map(Json.parse(arguments[0]))));
            }
            TlsSockets.note();
            new Probe(arguments[0], relaxed, answers).serve();
            status = 0;
        } catch (Throwable error) {
            error.printStackTrace();
        }
        // Not exit: nothing may outlive the harness, and there is nothing to clean up.
        Runtime.getRuntime().halt(status);
    }

    private int concurrency() {
        return ((Number) Spelling.map(configuration.get("hello")).get("concurrency")).intValue();
    }

    private void serve() throws IOException {
        answers.write(Json.write(Collections.singletonMap("hello", hello())));
        BufferedReader lines = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        for (String line = lines.readLine(); line != null; line = lines.readLine()) {
            Map<String, Object> request = Spelling.map(Json.parse(line));
            if ("bye".equals(request.get("op"))) {
                return;
            }
            answer((Long) request.get("id"), request, line);
        }
    }

    private Map<String, Object> hello() {
        Map<String, Object> hello = new LinkedHashMap<>(Spelling.map(configuration.get("hello")));
        String runtime = System.getProperty("java.runtime.version");
        String says = driver.getMajorVersion() + "." + driver.getMinorVersion();
        hello.put("driver", hello.get("driver") + ", says it is " + says);
        hello.put("runtime", System.getProperty("java.runtime.name") + " " + runtime + ", " + System.getProperty("java.vendor"));
        boolean allows = Spelling.list(hello.get("can")).contains("legacy-crypto");
        String change = allows ? "; legacy crypto allowed: " + RelaxedJvm.change(instead(configuration)) : "";
        hello.put("tls_library", "JSSE " + System.getProperty("java.version") + change);
        hello.put("properties", spelling.properties());
        return hello;
    }

    private static Map<String, Object> instead(Map<String, Object> configuration) {
        return Spelling.map(configuration.get("relaxed"));
    }

    private void answer(Long number, Map<String, Object> request, String line) throws IOException {
        String operation = (String) request.get("op");
        answers.beside(number, "ignored", Members.unknown(request));
        switch (operation) {
            case "attempt":
            case "open":
                if (!relaxed && Boolean.TRUE.equals(Spelling.map(request.get("tls")).get("legacy"))) {
                    if (operation.equals("open")) {
                        sessionsElsewhere.add(number);
                    }
                    elsewhere(number, line);
                } else {
                    attempts.execute(() -> attempt(number, request, operation.equals("open")));
                }
                break;
            case "query":
            case "close":
                Long session = (Long) request.get("session");
                if (operation.equals("close") ? sessionsElsewhere.remove(session) : sessionsElsewhere.contains(session)) {
                    elsewhere(number, line);
                } else if (operation.equals("query")) {
                    attempts.execute(() -> query(number, request));
                } else {
                    attempts.execute(() -> close(number, request));
                }
                break;
            default:
                if (operation.startsWith("pool.") && configuration.get("pool") != null) {
                    pools().answer(number, request);
                } else {
                    answers.say(number, "unsupported", "op `" + operation + "`");
                }
        }
    }

    private void elsewhere(Long number, String line) throws IOException {
        answers.leave(number);
        relaxedJvm().ask(line);
    }

    private void attempt(Long number, Map<String, Object> request, boolean stays) {
        Connection connection = null;
        try (TlsSockets.Notes notes = TlsSockets.begin()) {
            answers.beside(number, "unlisted", spelling.unlisted(request));
            connection = spelling.connect(request);
            Map<String, Object> seen = Seen.of(connection, notes, Spelling.list(request.get("queries")));
            if (stays) {
                sessions.put(number, connection);
            } else {
                connection.close();
            }
            answers.say(number, "connected", seen);
        } catch (Throwable error) {
            end(connection);
            answers.say(number, "error", Chain.of(error));
        }
    }

    private void query(Long number, Map<String, Object> request) {
        Connection connection = sessions.get((Long) request.get("session"));
        try {
            if (connection == null) {
                Map<String, Object> link = new LinkedHashMap<>();
                link.put("kind", "dbtls.no-session");
                link.put("message", "there is no session " + request.get("session"));
                answers.say(number, "error", Collections.singletonList(link));
                return;
            }
            int milliseconds = (int) Math.round(((Number) request.get("timeout_s")).doubleValue() * 1000);
            connection.setNetworkTimeout(Runnable::run, milliseconds);
            answers.say(number, "rows", Seen.rows(connection, Spelling.list(request.get("queries"))));
        } catch (Throwable error) {
            answers.say(number, "error", Chain.of(error));
        }
    }

    private void close(Long number, Map<String, Object> request) {
        end(sessions.remove((Long) request.get("session")));
        answers.say(number, "closed", true);
    }

    private static void end(Connection connection) {
        try {
            if (connection != null) {
                connection.close();
            }
        } catch (SQLException broken) {
            System.err.println("closing: " + broken);
        }
    }

    private Pools pools() throws IOException {
        if (pools == null) {
            pools = new Pools(driver, spelling, answers, sessions, Spelling.list(configuration.get("pool")));
        }
        return pools;
    }

    private RelaxedJvm relaxedJvm() throws IOException {
        if (relaxedJvm == null) {
            relaxedJvm = new RelaxedJvm(Spelling.list(configuration.get("options")), configurationText, answers);
        }
        return relaxedJvm;
    }
}
