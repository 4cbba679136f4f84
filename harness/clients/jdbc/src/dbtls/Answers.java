package dbtls;

import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/** Standard output, a whole line at a time; what a driver prints goes to standard error. */
final class Answers {
    private final OutputStream out = new FileOutputStream(FileDescriptor.out);
    private final Map<Long, Map<String, Object>> beside = new ConcurrentHashMap<>();

    Answers() {
        System.setOut(System.err);
    }

    synchronized void write(String line) throws IOException {
        out.write((line + "\n").getBytes(StandardCharsets.UTF_8));
    }

    /** What stands beside the answer to the request of that number, once it is said; an empty list does not. */
    void beside(Long number, String member, List<Object> names) {
        if (!names.isEmpty()) {
            beside.computeIfAbsent(number, each -> new ConcurrentHashMap<>()).put(member, names);
        }
    }

    /** Another answers the request of that number. */
    void leave(Long number) {
        beside.remove(number);
    }

    /** The answer of that kind to the request of that number; where nobody reads any more it is over. */
    void say(Long number, String kind, Object value) {
        Map<String, Object> answer = new LinkedHashMap<>();
        answer.put("id", number);
        answer.put(kind, value);
        Map<String, Object> also = beside.remove(number);
        if (also != null) {
            answer.putAll(also);
        }
        try {
            write(Json.write(answer));
        } catch (IOException gone) {
            Runtime.getRuntime().halt(1);
        }
    }
}
