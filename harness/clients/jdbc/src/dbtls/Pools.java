package dbtls;

import java.io.IOException;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Paths;
import java.sql.Connection;
import java.sql.Driver;
import java.sql.SQLException;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import javax.sql.DataSource;

/**
 * Pools of HikariCP, as an application has them: they alone decide when a connection is made, lent and closed.
 *
 * <p>A connection that a pool makes waits for whoever asks the probe, who says whom to log in as; one that it has closed
 * is told of. HikariCP is called by name: the probe is compiled without it.
 */
final class Pools {
    private static final String HIKARI = "com.zaxxer.hikari.";
    /** How long a connection waits for whoever asks, in seconds: who is there answers at once. */
    private static final long PATIENCE_S = 10;

    private final Driver driver;
    private final Spelling spelling;
    private final Answers answers;
    private final Map<Long, Connection> sessions;
    private final ClassLoader loader;
    private final ExecutorService work;
    private final Map<String, DataSource> pools = new ConcurrentHashMap<>();
    private final BlockingQueue<Map<String, Object>> news = new LinkedBlockingQueue<>();
    private final Map<Long, CompletableFuture<Map<String, Object>>> wanted = new ConcurrentHashMap<>();
    private final AtomicLong count = new AtomicLong();

    /** {@code sessions} takes what is borrowed; {@code jars} are HikariCP's, loaded beside the driver's. */
    Pools(Driver driver, Spelling spelling, Answers answers, Map<Long, Connection> sessions, List<Object> jars)
            throws IOException {
        this.driver = driver;
        this.spelling = spelling;
        this.answers = answers;
        this.sessions = sessions;
        URL[] urls = new URL[jars.size()];
        for (int each = 0; each < urls.length; each++) {
            urls[each] = Paths.get((String) jars.get(each)).toUri().toURL();
        }
        this.loader = new URLClassLoader(urls, driver.getClass().getClassLoader());
        // Without a limit: a borrower may wait for a connection, whose making must not wait for a borrower.
        this.work = Executors.newCachedThreadPool(task -> {
            Thread thread = new Thread(task);
            thread.setDaemon(true);
            thread.setContextClassLoader(loader);
            return thread;
        });
    }

    void answer(Long number, Map<String, Object> request) {
        work.execute(() -> {
            try {
                done(number, request);
            } catch (Missing missing) {
                Map<String, Object> link = new LinkedHashMap<>();
                link.put("kind", missing.kind);
                link.put("message", missing.getMessage());
                answers.say(number, "error", Collections.singletonList(link));
            } catch (Throwable error) {
                answers.say(number, "error", Chain.of(error));
            }
        });
    }

    private void done(Long number, Map<String, Object> request) throws Exception {
        String name = (String) request.get("pool");
        switch ((String) request.get("op")) {
            case "pool.open":
                if (Boolean.TRUE.equals(Spelling.map(request.get("tls")).get("legacy"))) {
                    answers.say(number, "unsupported", "pools are in the JVM as shipped, without legacy crypto");
                    return;
                }
                open(name, request);
                break;
            case "pool.configure":
                apply(pool(name), Spelling.map(request.get("settings")));
                break;
            case "pool.borrow":
                borrow(number, name, request);
                return;
            case "pool.evict":
                call(call(pool(name), "getHikariPoolMXBean"), "softEvictConnections");
                break;
            case "pool.close":
                ((AutoCloseable) pool(name)).close();
                pools.remove(name);
                break;
            case "pool.next":
                Map<String, Object> next = news.poll(milliseconds(request), TimeUnit.MILLISECONDS);
                answers.say(number, "next", next == null ? Collections.singletonMap("what", "nothing") : next);
                return;
            case "pool.connect":
                CompletableFuture<Map<String, Object>> waits = wanted.remove((Long) request.get("number"));
                if (waits == null || !waits.complete(request)) {
                    throw new Missing("dbtls.not-wanted", "no pool waits for connection " + request.get("number"));
                }
                return;
            default:
                answers.say(number, "unsupported", "op `" + request.get("op") + "`");
                return;
        }
        answers.say(number, "done", true);
    }

    private void open(String name, Map<String, Object> request) throws Exception {
        Object configuration = loader.loadClass(HIKARI + "HikariConfig").getConstructor().newInstance();
        configuration.getClass().getMethod("setPoolName", String.class).invoke(configuration, name);
        configuration.getClass().getMethod("setDataSource", DataSource.class).invoke(configuration, source(name, request));
        // A pool that cannot connect when it is made is made all the same: its borrowers are told why.
        set(configuration, "setInitializationFailTimeout", long.class, -1L);
        apply(configuration, Spelling.map(request.get("settings")));
        Class<?> made = loader.loadClass(HIKARI + "HikariDataSource");
        pools.put(name, (DataSource) made.getConstructor(configuration.getClass()).newInstance(configuration));
    }

    /** On a configuration, and on a pool that runs (HikariConfigMXBean). */
    private static void apply(Object configuration, Map<String, Object> settings) throws Exception {
        // First: no more may be kept idle than there may be.
        set(configuration, "setMaximumPoolSize", int.class, ((Long) settings.get("maximum_pool_size")).intValue());
        set(configuration, "setMinimumIdle", int.class, ((Long) settings.get("minimum_idle")).intValue());
        set(configuration, "setConnectionTimeout", long.class, settings.get("connection_timeout_ms"));
        set(configuration, "setMaxLifetime", long.class, settings.get("max_lifetime_ms"));
        set(configuration, "setIdleTimeout", long.class, settings.get("idle_timeout_ms"));
    }

    private void borrow(Long number, String name, Map<String, Object> request) throws Exception {
        Connection lent = pool(name).getConnection();
        try {
            lent.setNetworkTimeout(Runnable::run, milliseconds(request));
            Map<String, Object> seen = new LinkedHashMap<>(Physical.seen(lent));
            seen.put("rows", Seen.rows(lent, Spelling.list(request.get("queries"))));
            sessions.put(number, lent);
            answers.say(number, "connected", seen);
        } catch (Throwable error) {
            lent.close();
            throw error;
        }
    }

    private DataSource source(String name, Map<String, Object> request) {
        // HikariCP sets it, and waits as long for a connection under way when it closes.
        AtomicInteger loginTimeout = new AtomicInteger();
        return (DataSource) Proxy.newProxyInstance(
                Pools.class.getClassLoader(), new Class<?>[] {DataSource.class}, (proxy, method, arguments) -> {
                    switch (method.getName()) {
                        case "getConnection":
                            return connect(name, request);
                        case "toString":
                            return "connections of " + name;
                        case "hashCode":
                            return name.hashCode();
                        case "equals":
                            return proxy == arguments[0];
                        case "setLoginTimeout":
                            loginTimeout.set((Integer) arguments[0]);
                            return null;
                        case "getLoginTimeout":
                            return loginTimeout.get();
                        default:
                            return null;
                    }
                });
    }

    /** In a thread of HikariCP's: asks for leave, connects, and tells both that thread and whoever gave it. */
    private Connection connect(String name, Map<String, Object> opened) throws SQLException {
        long wants = count.incrementAndGet();
        CompletableFuture<Map<String, Object>> leave = new CompletableFuture<>();
        wanted.put(wants, leave);
        news.add(told("connect", name, wants));
        Map<String, Object> request = granted(leave);
        Long number = (Long) request.get("id");
        Connection connection = null;
        try (TlsSockets.Notes notes = TlsSockets.begin()) {
            Map<String, Object> asked = new LinkedHashMap<>(opened);
            asked.put("account", request.get("account"));
            asked.put("timeout_s", request.get("timeout_s"));
            answers.beside(number, "unlisted", spelling.unlisted(asked));
            connection = spelling.connect(asked);
            Map<String, Object> seen = Seen.of(connection, notes, Spelling.list(request.get("queries")));
            answers.say(number, "connected", seen);
            return Physical.of(connection, seen, () -> news.add(told("closed", name, wants)));
        } catch (Throwable error) {
            if (connection != null) {
                connection.close();
            }
            answers.say(number, "error", Chain.of(error));
            throw error;
        }
    }

    private static Map<String, Object> granted(CompletableFuture<Map<String, Object>> leave) throws SQLException {
        boolean interrupted = false;
        try {
            while (true) {
                try {
                    return leave.get(PATIENCE_S, TimeUnit.SECONDS);
                } catch (InterruptedException pressed) {
                    // By a pool that closes. What was asked for is told of all the same: it is closed again at once.
                    interrupted = true;
                }
            }
        } catch (java.util.concurrent.ExecutionException | TimeoutException nobody) {
            leave.cancel(true);
            throw new SQLException("nobody gave leave to connect", nobody);
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    private static Map<String, Object> told(String what, String pool, long number) {
        Map<String, Object> told = new LinkedHashMap<>();
        told.put("what", what);
        told.put("pool", pool);
        told.put("number", number);
        return told;
    }

    private DataSource pool(String name) throws Missing {
        DataSource found = pools.get(name);
        if (found == null) {
            throw new Missing("dbtls.no-pool", "there is no pool " + name);
        }
        return found;
    }

    private static int milliseconds(Map<String, Object> request) {
        return (int) Math.round(((Number) request.get("timeout_s")).doubleValue() * 1000);
    }

    private static Object call(Object of, String method) throws Exception {
        return of.getClass().getMethod(method).invoke(of);
    }

    private static void set(Object of, String method, Class<?> type, Object value) throws Exception {
        try {
            of.getClass().getMethod(method, type).invoke(of, value);
        } catch (InvocationTargetException thrown) {
            throw thrown.getCause() instanceof Exception ? (Exception) thrown.getCause() : thrown;
        }
    }

    /** What was asked about is not there. */
    private static final class Missing extends Exception {
        private static final long serialVersionUID = 1;
        private final String kind;

        Missing(String kind, String message) {
            super(message);
            this.kind = kind;
        }
    }
}
