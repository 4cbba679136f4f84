package dbtls;

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
import javax.net.ssl.SSLPeerUnverifiedException;
import javax.net.ssl.SSLSession;
import javax.net.ssl.SSLSocket;

/** What a connection shows: the session of its TLS socket, and rows. */
final class Seen {
    private Seen() {}

    /**
     * Version, cipher and both ends' serial numbers of the TLS socket that was noted last and is open: empty text where
     * none was made, null where what was made shows nothing, and for an end that presented nothing.
     */
    private static Map<String, Object> tls(TlsSockets.Notes notes) {
        Object version = notes.none() ? "" : null;
        Object cipher = version;
        Object serial = null;
        Object presented = null;
        SSLSocket socket = notes.open();
        SSLSession session = socket == null ? null : socket.getSession();
        // An invalid one is what a socket has whose handshake failed.
        if (session != null && session.isValid()) {
            version = session.getProtocol();
            cipher = session.getCipherSuite();
            presented = serial(session.getLocalCertificates());
            try {
                serial = serial(session.getPeerCertificates());
            } catch (SSLPeerUnverifiedException anonymous) {
                System.err.println("the server presented nothing: " + anonymous);
            }
        }
        Map<String, Object> seen = new LinkedHashMap<>();
        seen.put("tls_version", version);
        seen.put("cipher", cipher);
        seen.put("server_serial", serial);
        seen.put("client_serial", presented);
        return seen;
    }

    /** The {@code rows} of each query, in order, and what the connection shows of its TLS. */
    static Map<String, Object> of(Connection connection, TlsSockets.Notes notes, List<Object> queries)
            throws SQLException {
        List<Object> rows = rows(connection, queries);
        Map<String, Object> seen = tls(notes);
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

}
