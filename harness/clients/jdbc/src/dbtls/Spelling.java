package dbtls;

import java.sql.Connection;
import java.sql.Driver;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Properties;

/** How one driver spells what a request asks for; the templates are data of {@code client.toml}. */
final class Spelling {
    private final Map<String, Object> templates;

    Spelling(Map<String, Object> templates) {
        this.templates = templates;
    }

    /** A connection of {@code driver}, told all that {@code request} asks for. */
    Connection connect(Driver driver, Map<String, Object> request) throws SQLException {
        String url = url(map(request.get("endpoint")));
        Connection connection = driver.connect(url, properties(request));
        if (connection == null) {
            throw new SQLException("the driver does not take " + url);
        }
        return connection;
    }

    String url(Map<String, Object> endpoint) {
        return ((String) templates.get("url"))
                .replace("{host}", (String) endpoint.get("host"))
                .replace("{port}", endpoint.get("port").toString());
    }

    /** Where the driver's connection keeps its socket: members to follow, methods with parentheses. */
    List<Object> socket() {
        return list(templates.get("socket"));
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
        store(given, "trust", map(tls.get("stores")).get("trust"));
        store(given, "keys", map(tls.get("stores")).get("keys"));
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

    private void store(Properties given, String which, Object store) {
        if (store != null) {
            for (Map.Entry<String, Object> each : map(templates.get(which)).entrySet()) {
                String value = (String) each.getValue();
                for (Map.Entry<String, Object> part : map(store).entrySet()) {
                    value = value.replace("{" + part.getKey() + "}", (String) part.getValue());
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
