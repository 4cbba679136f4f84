import java.io.IOException;
import java.lang.reflect.Proxy;
import java.net.Socket;
import java.security.Security;
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
        if (!url.endsWith(":3306/")) {
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

    /** Fails unless the server says something, as every driver does. */
    private static void greet(String url) throws SQLException {
        int port = Integer.parseInt(url.replaceAll(".*:(\\d+)/", "$1"));
        try (Socket socket = new Socket("127.0.0.1", port)) {
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
        return new DriverPropertyInfo[0];
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
