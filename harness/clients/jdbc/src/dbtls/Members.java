package dbtls;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** The members of requests: those that the probe knows, and what else a request has. */
final class Members {
    private static final Map<String, Object> KNOWN = Spelling.map(Json.parse((
            "{'id': 0, 'op': 0, 'queries': 0, 'timeout_s': 0, 'session': 0, 'pool': 0, 'number': 0,"
            + " 'endpoint': {'host': 0, 'port': 0}, 'account': {'user': 0, 'password': 0},"
            + " 'tls': {'verify': 0, 'ca': 0, 'certificate': 0, 'key': 0, 'versions': 0, 'ciphers': 0, 'legacy': 0,"
            + " 'stores': {'trust': STORE, 'keys': STORE}, 'properties': 0},"
            + " 'settings': {'maximum_pool_size': 0, 'minimum_idle': 0, 'connection_timeout_ms': 0,"
            + " 'idle_timeout_ms': 0, 'max_lifetime_ms': 0}}")
            .replace("STORE", "{'path': 0, 'type': 0, 'password': 0}").replace('\'', '"')));

    private Members() {}

    /** The members that the probe does not know, with those that they are in: {@code tls.new}. */
    static List<Object> unknown(Map<String, Object> request) {
        List<Object> unknown = new ArrayList<>();
        add(unknown, "", request, KNOWN);
        return unknown;
    }

    private static void add(List<Object> unknown, String in, Map<String, Object> members, Map<String, Object> known) {
        for (Map.Entry<String, Object> each : members.entrySet()) {
            Object below = known.get(each.getKey());
            if (below == null) {
                unknown.add(in + each.getKey());
            } else if (below instanceof Map && each.getValue() instanceof Map) {
                add(unknown, in + each.getKey() + ".", Spelling.map(each.getValue()), Spelling.map(below));
            }
        }
    }
}
