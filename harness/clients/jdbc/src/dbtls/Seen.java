package dbtls;

import java.lang.reflect.AccessibleObject;
import java.lang.reflect.Field;
import java.lang.reflect.Method;
import java.security.cert.Certificate;
import java.security.cert.X509Certificate;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import javax.net.ssl.SSLSession;
import javax.net.ssl.SSLSocket;

/** What a connection shows: its socket's TLS session, and rows. */
final class Seen {
    private Seen() {}

    /**
     * Version, cipher and both ends' serial numbers; null where the driver's socket is not where {@code path} says, and for
     * an end that presented nothing.
     */
    private static Map<String, Object> tls(Connection connection, List<Object> path) {
        Object version = null;
        Object cipher = null;
        Object serial = null;
        Object presented = null;
        try {
            Object socket = connection;
            for (Object member : path) {
                socket = follow(socket, (String) member);
            }
            if (socket instanceof SSLSocket) {
                SSLSession session = ((SSLSocket) socket).getSession();
                version = session.getProtocol();
                cipher = session.getCipherSuite();
                serial = serial(session.getPeerCertificates());
                presented = serial(session.getLocalCertificates());
            } else if (socket instanceof java.net.Socket) {
                version = "";
                cipher = "";
            }
        } catch (Exception hidden) {
            System.err.println("the driver's socket is not at " + path + ": " + hidden);
        }
        Map<String, Object> seen = new LinkedHashMap<>();
        seen.put("tls_version", version);
        seen.put("cipher", cipher);
        seen.put("server_serial", serial);
        seen.put("client_serial", presented);
        return seen;
    }

    /** What {@link #tls} says, and the {@code rows} of each query, in order. */
    static Map<String, Object> of(Connection connection, List<Object> path, List<Object> queries) throws SQLException {
        List<Object> rows = rows(connection, queries);
        Map<String, Object> seen = tls(connection, path);
        seen.put("rows", rows);
        return seen;
    }

    /** The rows of each query, in order. */
    static List<Object> rows(Connection connection, List<Object> queries) throws SQLException {
        List<Object> all = new ArrayList<>();
        for (Object query : queries) {
            List<Object> rows = new ArrayList<>();
            try (Statement statement = connection.createStatement()) {
                if (statement.execute((String) query)) {
                    try (ResultSet found = statement.getResultSet()) {
                        int columns = found.getMetaData().getColumnCount();
                        while (found.next()) {
                            List<Object> row = new ArrayList<>();
                            for (int column = 1; column <= columns; column++) {
                                row.add(value(found, column));
                            }
                            rows.add(row);
                        }
                    }
                }
            }
            all.add(rows);
        }
        return all;
    }

    private static Object serial(Certificate[] chain) {
        return chain == null ? null : ((X509Certificate) chain[0]).getSerialNumber().toString(16);
    }

    private static Object value(ResultSet found, int column) throws SQLException {
        Object value = found.getObject(column);
        return value == null || value instanceof Boolean || value instanceof Number ? value : found.getString(column);
    }

    private static Object follow(Object from, String member) throws ReflectiveOperationException {
        boolean method = member.endsWith("()");
        String name = method ? member.substring(0, member.length() - 2) : member;
        for (Class<?> in = from.getClass(); in != null; in = in.getSuperclass()) {
            for (AccessibleObject each : method ? in.getDeclaredMethods() : in.getDeclaredFields()) {
                if (method && ((Method) each).getName().equals(name) && ((Method) each).getParameterTypes().length == 0) {
                    each.setAccessible(true);
                    return ((Method) each).invoke(from);
                }
                if (!method && ((Field) each).getName().equals(name)) {
                    each.setAccessible(true);
                    return ((Field) each).get(from);
                }
            }
        }
        throw new NoSuchFieldException(from.getClass().getName() + " has no " + member);
    }
}
