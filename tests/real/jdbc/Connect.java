import java.sql.Connection;
import java.sql.Driver;
import java.sql.ResultSet;
import java.sql.Statement;
import java.util.Properties;
import java.util.Scanner;

/** One connection a line of standard input (URL, then name=value, tabs between); one line of answer each. */
public class Connect {
    public static void main(String[] arguments) throws Exception {
        Driver driver = (Driver) Class.forName(arguments[0]).getDeclaredConstructor().newInstance();
        Scanner lines = new Scanner(System.in);
        while (lines.hasNextLine()) {
            String[] words = lines.nextLine().split("\t");
            Properties properties = new Properties();
            for (int i = 1; i < words.length; i++) {
                int at = words[i].indexOf('=');
                properties.setProperty(words[i].substring(0, at), words[i].substring(at + 1));
            }
            System.out.println(answer(driver, words[0], properties).replaceAll("\\s+", " "));
        }
    }

    private static String answer(Driver driver, String url, Properties properties) {
        try (Connection connection = driver.connect(url, properties);
                Statement statement = connection.createStatement();
                ResultSet rows = statement.executeQuery("SHOW STATUS LIKE 'Ssl_version'")) {
            rows.next();
            return "connected " + rows.getString(2);
        } catch (Exception error) {
            StringBuilder chain = new StringBuilder("failed");
            for (Throwable one = error; one != null; one = one.getCause()) {
                chain.append(" <- ").append(one);
            }
            return chain.toString();
        }
    }
}
