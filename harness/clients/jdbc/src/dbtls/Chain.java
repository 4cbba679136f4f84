package dbtls;

import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** A driver's error with all that it wraps, outermost first: causes, then further SQLExceptions, then suppressed ones. */
final class Chain {
    private final Set<Throwable> met = Collections.newSetFromMap(new IdentityHashMap<Throwable, Boolean>());
    private final List<Object> links = new ArrayList<>();

    private Chain() {}

    static List<Object> of(Throwable error) {
        Chain chain = new Chain();
        chain.add(error);
        return chain.links;
    }

    private void add(Throwable error) {
        if (error == null || !met.add(error)) {
            return;
        }
        Map<String, Object> link = new LinkedHashMap<>();
        link.put("kind", error.getClass().getName());
        link.put("message", error.getMessage() == null ? "" : error.getMessage());
        if (error instanceof SQLException) {
            link.put("code", ((SQLException) error).getErrorCode());
            link.put("sqlstate", ((SQLException) error).getSQLState());
        }
        links.add(link);
        add(error.getCause());
        if (error instanceof SQLException) {
            add(((SQLException) error).getNextException());
        }
        for (Throwable suppressed : error.getSuppressed()) {
            add(suppressed);
        }
    }
}
