package dbtls;

import java.sql.Connection;
import java.sql.Driver;
import java.sql.DriverPropertyInfo;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.Set;
import java.util.TreeSet;

/** How one driver is configured with what a request asks for; the templates are data of {@code client.toml}. */
final class Spelling {
    private static final List<Object> ACCOUNT = Arrays.asList("user", "password");

    private final Driver driver;
    private final Map<String, Object> templates;
    private final List<Object> listed;
    /** Drivers differ in whether case matters; what may have been taken is not said to be ignored. */
    private final Set<String> taken = new TreeSet<>(String.CASE_INSENSITIVE_ORDER);

    Spelling(Driver driver, Map<String, Object> templates) {
        this.driver = driver;
        this.templates = templates;
        this.listed = listed();
        for (List<Object> names : Arrays.asList(listed, list(templates.get("aliases")), ACCOUNT)) {
            for (Object name : names) {
                taken.add((String) name);
            }
        }
    }

    /** A connection of the driver, configured with all that {@code request} asks for. */
    Connection connect(Map<String, Object> request) throws SQLException {
        String url = url(map(request.get("endpoint")));
        Connection connection = driver.connect(url, properties(request));
        if (connection == null) {
            throw new SQLException("the driver does not take " + url);
        }
        return connection;
    }

    /** The names of the properties that the driver itself lists; empty where it lists none. */
    List<Object> properties() {
        return listed;
    }

    /**
     * What the driver is given for {@code request} and neither lists nor is known to take for another property: drivers
     * leave such a property out without a word.
     */
    List<Object> unlisted(Map<String, Object> request) {
        List<Object> unlisted = new ArrayList<>();
        for (String name : new TreeSet<>(properties(request).stringPropertyNames())) {
            if (!listed.isEmpty() && !taken.contains(name)) {
                unlisted.add(name);
            }
        }
        return unlisted;
    }

    private List<Object> listed() {
        Map<String, Object> nowhere = new LinkedHashMap<>();
        nowhere.put("host", "127.0.0.1");
        nowhere.put("port", 1);
        List<Object> names = new ArrayList<>();
        try {
            for (DriverPropertyInfo each : driver.getPropertyInfo(url(nowhere), new Properties())) {
                names.add(each.name);
            }
        } catch (SQLException | RuntimeException unlisted) {
            System.err.println("the driver lists no properties: " + unlisted);
        }
        return names;
    }

    private String url(Map<String, Object> endpoint) {
        return ((String) templates.get("url"))
                .replace("{host}", (String) endpoint.get("host"))
                .replace("{port}", endpoint.get("port").toString());
    }

    /** What the driver is given: the request's properties as they are, or its settings in the driver's own words. */
    private Properties properties(Map<String, Object> request) {
        Map<String, Object> account = map(request.get("account"));
        Properties given = new Properties();
        given.setProperty("user", (String) account.get("user"));
        given.setProperty("password", (String) account.get("password"));
        Map<String, Object> tls = map(request.get("tls"));
        if (tls.get("properties") != null) {
            given.putAll(map(tls.get("properties")));
            return given;
        }
        long milliseconds = Math.round(((Number) request.get("timeout_s")).doubleValue() * 1000);
        put(given, "always", "{milliseconds}", Long.toString(milliseconds));
        given.putAll(map(map(templates.get("verify")).get(tls.get("verify"))));
        store(given, "trust", map(tls.get("stores")).get("trust"), tls.get("ca"));
        store(given, "keys", map(tls.get("stores")).get("keys"), null);
        if (tls.get("versions") != null) {
            put(given, "versions", "{list}", join(list(tls.get("versions"))));
        } else {
            given.putAll(map(templates.get((Boolean) tls.get("legacy") ? "legacy" : "shipped")));
        }
        if (tls.get("ciphers") != null) {
            List<Object> suites = new ArrayList<>();
            for (String name : ((String) tls.get("ciphers")).split(":")) {
                Object known = map(templates.get("suites")).get(name);
                suites.add(known == null ? name : known);
            }
            put(given, "ciphers", "{list}", join(suites));
        }
        return given;
    }

    /** {@code pem} are the authorities of a trust store, for a driver that reads no store of them. */
    private void store(Properties given, String which, Object store, Object pem) {
        if (store != null) {
            for (Map.Entry<String, Object> each : map(templates.get(which)).entrySet()) {
                String value = (String) each.getValue();
                for (Map.Entry<String, Object> part : map(store).entrySet()) {
                    value = value.replace("{" + part.getKey() + "}", (String) part.getValue());
                }
                if (pem != null) {
                    value = value.replace("{ca}", (String) pem);
                }
                given.setProperty(each.getKey(), value);
            }
        }
    }

    private void put(Properties given, String which, String place, String value) {
        for (Map.Entry<String, Object> each : map(templates.get(which)).entrySet()) {
            given.setProperty(each.getKey(), ((String) each.getValue()).replace(place, value));
        }
    }

    private static String join(List<Object> names) {
        StringBuilder out = new StringBuilder();
        for (Object name : names) {
            out.append(out.length() == 0 ? "" : ",").append(name);
        }
        return out.toString();
    }

    /** The JSON object {@code value}; an absent one is empty. */
    @SuppressWarnings("unchecked")
    static Map<String, Object> map(Object value) {
        return value == null ? Collections.<String, Object>emptyMap() : (Map<String, Object>) value;
    }

    @SuppressWarnings("unchecked")
    static List<Object> list(Object value) {
        return value == null ? Collections.emptyList() : (List<Object>) value;
    }
}
