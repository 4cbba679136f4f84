package dbtls;

import java.lang.reflect.InvocationHandler;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;

/** A driver's connection as a pool gets it: does what it is told, and says when the pool has closed it. */
final class Physical implements InvocationHandler {
    private final Connection connection;
    private final Map<String, Object> seen;
    private final Runnable closed;
    private final AtomicBoolean told = new AtomicBoolean();

    private Physical(Connection connection, Map<String, Object> seen, Runnable closed) {
        this.connection = connection;
        this.seen = seen;
        this.closed = closed;
    }

    /** {@code seen} is what was seen of its TLS; {@code closed} is run once. */
    static Connection of(Connection connection, Map<String, Object> seen, Runnable closed) {
        return (Connection) Proxy.newProxyInstance(
                Physical.class.getClassLoader(),
                new Class<?>[] {Connection.class},
                new Physical(connection, seen, closed));
    }

    /** What was seen of the connection that a pool has lent as {@code lent}. */
    static Map<String, Object> seen(Connection lent) throws SQLException {
        return ((Physical) Proxy.getInvocationHandler(lent.unwrap(Connection.class))).seen;
    }

    @Override
    public Object invoke(Object proxy, Method method, Object[] arguments) throws Throwable {
        String name = method.getName();
        try {
            return name.equals("equals") ? (Object) (proxy == arguments[0]) : method.invoke(connection, arguments);
        } catch (InvocationTargetException thrown) {
            throw thrown.getCause();
        } finally {
            // Also where it throws: the pool has let go of it.
            if ((name.equals("close") || name.equals("abort")) && told.compareAndSet(false, true)) {
                closed.run();
            }
        }
    }
}
