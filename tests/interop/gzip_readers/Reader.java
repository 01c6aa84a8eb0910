// Prints the SHA-256 of what Java's GZIPInputStream makes of a gzip file.
import java.io.FileInputStream;
import java.io.InputStream;
import java.math.BigInteger;
import java.security.MessageDigest;
import java.util.zip.GZIPInputStream;

public class Reader {
    public static void main(String[] arguments) throws Exception {
        MessageDigest digest = MessageDigest.getInstance("SHA-256");
        try (InputStream stream = new GZIPInputStream(new FileInputStream(arguments[0]))) {
            byte[] buffer = new byte[65536];
            for (int count; (count = stream.read(buffer)) >= 0;) {
                digest.update(buffer, 0, count);
            }
        }
        System.out.printf("%064x java:GZIPInputStream%n", new BigInteger(1, digest.digest()));
    }
}
