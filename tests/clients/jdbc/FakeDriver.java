import java.io.FileInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.lang.reflect.Proxy;
import java.net.Socket;
import java.security.KeyStore;
import java.security.Security;
import java.security.cert.X509Certificate;
import java.sql.Connection;
import java.sql.Driver;
import java.sql.DriverPropertyInfo;
import java.sql.ResultSet;
import java.sql.ResultSetMetaData;
import java.sql.SQLException;
import java.sql.SQLFeatureNotSupportedException;
import java.sql.SQLTransientException;
import java.sql.Statement;
import java.util.Properties;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.logging.Logger;
import javax.net.ssl.KeyManager;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManager;
import javax.net.ssl.X509TrustManager;

/** Stands for a driver: answers each query about itself, and fails as its property {@code fails} says. */
public final class FakeDriver implements Driver {
    private static final AtomicInteger OPEN = new AtomicInteger();

    @Override
    public Connection connect(String url, Properties properties) throws SQLException {
        System.out.println("a driver that prints");
        String fails = properties.getProperty("fails", "");
        if (fails.equals("chain")) {
            SQLException error = new SQLException("outer", "08S01", 7, new IllegalStateException("inner"));
            error.setNextException(new SQLTransientException("next"));
            error.addSuppressed(new RuntimeException());
            throw error;
        }
        if (fails.equals("error")) {
            throw new NoClassDefFoundError("gone");
        }
        if (properties.containsKey("tls")) {
            handshake(port(url), properties);
        } else if (!url.endsWith(":3306/")) {
            greet(url);
        }
        OPEN.incrementAndGet();
        boolean[] closed = {false};
        return proxy(Connection.class, (name, arguments) -> {
            switch (name) {
                case "createStatement":
                    return statement(url, properties, closed);
                case "close":
                    OPEN.addAndGet(closed[0] ? 0 : -1);
                    closed[0] = true;
                    return null;
                case "isValid":
                case "getAutoCommit":
                    return true;
                case "isReadOnly":
                    return false;
                case "getTransactionIsolation":
                case "getNetworkTimeout":
                    return 0;
                default:
                    return null;
            }
        });
    }

    private static int port(String url) {
        return Integer.parseInt(url.replaceAll(".*:(\\d+)/", "$1"));
    }

    /** TLS to any server; {@code tls} says how: as drivers do (by nobody verified), and as some other might. */
    private static void handshake(int port, Properties properties) throws SQLException {
        String how = properties.getProperty("tls");
        try {
            SSLContext context = how.equals("by-name")
                    ? SSLContext.getInstance("TLS", "SunJSSE") : SSLContext.getInstance(how.equals("1.2") ? "TLSv1.2" : "TLS");
            context.init(keys(properties), new TrustManager[] {new Trusting()}, null);
            if (how.equals("elsewhere")) {
                Thread other = new Thread(() -> tls(context, port));
                other.start();
                other.join();
                return;
            }
            SSLSocket made = tls(context, port);
            if (how.equals("twice")) {
                made.close();
                tls(context, port);
            } else if (how.equals("given-up")) {
                made.close();
            }
        } catch (Exception error) {
            throw new SQLException(error);
        }
    }

    private static SSLSocket tls(SSLContext context, int port) {
        try {
            Socket plain = new Socket("127.0.0.1", port);
            SSLSocket socket = (SSLSocket) context.getSocketFactory().createSocket(plain, "127.0.0.1", port, true);
            socket.startHandshake();
            return socket;
        } catch (IOException error) {
            throw new IllegalStateException(error);
        }
    }

    private static KeyManager[] keys(Properties properties) throws Exception {
        if (!properties.containsKey("keys")) {
            return null;
        }
        char[] password = "changeit".toCharArray();
        KeyStore store = KeyStore.getInstance("PKCS12");
        try (InputStream content = new FileInputStream(properties.getProperty("keys"))) {
            store.load(content, password);
        }
        KeyManagerFactory factory = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
        factory.init(store, password);
        return factory.getKeyManagers();
    }

    private static final class Trusting implements X509TrustManager {
        @Override
        public void checkClientTrusted(X509Certificate[] chain, String type) {}

        @Override
        public void checkServerTrusted(X509Certificate[] chain, String type) {}

        @Override
        public X509Certificate[] getAcceptedIssuers() {
            return new X509Certificate[0];
        }
    }

    /** Fails unless the server says something, as every driver does. */
    private static void greet(String url) throws SQLException {
        try (Socket socket = new Socket("127.0.0.1", port(url))) {
            socket.setSoTimeout(1500);
            if (socket.getInputStream().read() >= 0) {
                return;
            }
        } catch (IOException error) {
            throw new SQLException(error);
        }
        throw new SQLException("closed");
    }

    private static Statement statement(String url, Properties properties, boolean[] closed) {
        Object[] answer = {null};
        return proxy(Statement.class, (name, arguments) -> {
            if (closed[0]) {
                throw new SQLException("closed", "08003");
            }
            if (name.equals("execute")) {
                String query = (String) arguments[0];
                answer[0] = query.equals("url") ? url
                        : query.equals("open") ? (Object) OPEN.get()
                        : query.equals("null") ? null
                        : query.equals("disabled") ? Security.getProperty("jdk.tls.disabledAlgorithms")
                        : query.equals("loader") ? FakeDriver.class.getClassLoader().getParent().getClass().getName()
                        : new TreeMap<>(properties).toString();
                return true;
            }
            return name.equals("getResultSet") ? rows(answer[0]) : null;
        });
    }

    private static ResultSet rows(Object value) {
        boolean[] read = {false};
        return proxy(ResultSet.class, (name, arguments) -> {
            switch (name) {
                case "getMetaData":
                    return proxy(ResultSetMetaData.class, (of, none) -> 1);
                case "next":
                    read[0] = !read[0];
                    return read[0];
                case "getObject":
                    return value;
                case "getString":
                    return String.valueOf(value);
                default:
                    return null;
            }
        });
    }

    private interface Answering {
        Object answer(String name, Object[] arguments) throws SQLException;
    }

    private static <T> T proxy(Class<T> of, Answering answering) {
        return of.cast(Proxy.newProxyInstance(FakeDriver.class.getClassLoader(), new Class<?>[] {of},
                (self, method, arguments) -> answering.answer(method.getName(), arguments)));
    }

    @Override
    public boolean acceptsURL(String url) {
        return true;
    }

    @Override
    public DriverPropertyInfo[] getPropertyInfo(String url, Properties properties) {
        String[] names = {"sslMode", "connectTimeout", "socketTimeout", "allowPublicKeyRetrieval", "fails", "tls", "keys"};
        DriverPropertyInfo[] listed = new DriverPropertyInfo[names.length];
        for (int each = 0; each < names.length; each++) {
            listed[each] = new DriverPropertyInfo(names[each], null);
        }
        return listed;
    }

    @Override
    public int getMajorVersion() {
        return 4;
    }

    @Override
    public int getMinorVersion() {
        return 2;
    }

    @Override
    public boolean jdbcCompliant() {
        return false;
    }

    @Override
    public Logger getParentLogger() throws SQLFeatureNotSupportedException {
        throw new SQLFeatureNotSupportedException();
    }
}
