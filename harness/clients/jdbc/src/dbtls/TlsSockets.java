package dbtls;

import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.security.KeyManagementException;
import java.security.NoSuchAlgorithmException;
import java.security.Provider;
import java.security.SecureRandom;
import java.security.Security;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import javax.net.ssl.KeyManager;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLContextSpi;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLServerSocketFactory;
import javax.net.ssl.SSLSessionContext;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.SSLSocketFactory;
import javax.net.ssl.TrustManager;

/**
 * A security provider in front of the JDK's own: the same contexts, whose factories note each TLS socket for the thread
 * that made it. So what TLS a connection has is seen whatever its driver is.
 *
 * <p>A driver that takes its context from a provider by name, or from a library of its own, makes sockets that are not
 * noted: the server's own word contradicts then what is seen.
 */
final class TlsSockets extends Provider {
    private static final long serialVersionUID = 1;
    /** What a driver may ask for; which of them there are is the JDK's to say. */
    private static final String[] CONTEXTS = {"Default", "SSL", "SSLv3", "TLS", "TLSv1", "TLSv1.1", "TLSv1.2", "TLSv1.3"};

    private static final ThreadLocal<List<SSLSocket>> NOTED = new ThreadLocal<>();
    private static final AtomicLong ELSEWHERE = new AtomicLong();

    // Provider(String, String, String) is Java 9's.
    @SuppressWarnings("deprecation")
    private TlsSockets(Provider jsse) {
        super("dbtls", 1.0, "notes TLS sockets of " + jsse.getName());
        for (String context : CONTEXTS) {
            if (jsse.getService("SSLContext", context) != null) {
                putService(new Noting(this, context, jsse));
            }
        }
    }

    /** From here on each context that is asked for is a noting one. */
    static void note() {
        Provider[] offering = Security.getProviders("SSLContext.TLS");
        if (offering == null || Security.insertProviderAt(new TlsSockets(offering[0]), 1) != 1) {
            throw new IllegalStateException("the JDK takes no provider in front of its own");
        }
    }

    /** From here on the TLS sockets that the calling thread makes are noted. */
    static Notes begin() {
        List<SSLSocket> made = new ArrayList<>();
        NOTED.set(made);
        return new Notes(made, ELSEWHERE.get());
    }

    /** The TLS sockets of one thread, until it is closed. */
    static final class Notes implements AutoCloseable {
        private final List<SSLSocket> made;
        private final long elsewhereBefore;

        private Notes(List<SSLSocket> made, long elsewhereBefore) {
            this.made = made;
            this.elsewhereBefore = elsewhereBefore;
        }

        @Override
        public void close() {
            NOTED.remove();
        }

        /** The newest that is open; null for none. */
        SSLSocket open() {
            for (int last = made.size() - 1; last >= 0; last--) {
                if (!made.get(last).isClosed()) {
                    return made.get(last);
                }
            }
            return null;
        }

        /** Whether none was made: not in this thread, and since its beginning in none that has no notes of its own. */
        boolean none() {
            return made.isEmpty() && ELSEWHERE.get() == elsewhereBefore;
        }
    }

    private static Socket noted(Socket socket) {
        List<SSLSocket> made = NOTED.get();
        if (made == null) {
            ELSEWHERE.incrementAndGet();
        } else {
            made.add((SSLSocket) socket);
        }
        return socket;
    }

    private static final class Noting extends Service {
        private final Provider jsse;

        Noting(Provider in, String context, Provider jsse) {
            super(in, "SSLContext", context, Context.class.getName(), null, null);
            this.jsse = jsse;
        }

        @Override
        public Object newInstance(Object parameter) throws NoSuchAlgorithmException {
            return new Context(SSLContext.getInstance(getAlgorithm(), jsse));
        }
    }

    private static final class Context extends SSLContextSpi {
        private final SSLContext context;

        Context(SSLContext context) {
            this.context = context;
        }

        @Override
        protected void engineInit(KeyManager[] keys, TrustManager[] trust, SecureRandom random)
                throws KeyManagementException {
            context.init(keys, trust, random);
        }

        @Override
        protected SSLSocketFactory engineGetSocketFactory() {
            return new Factory(context.getSocketFactory());
        }

        @Override
        protected SSLServerSocketFactory engineGetServerSocketFactory() {
            return context.getServerSocketFactory();
        }

        @Override
        protected SSLEngine engineCreateSSLEngine() {
            return context.createSSLEngine();
        }

        @Override
        protected SSLEngine engineCreateSSLEngine(String host, int port) {
            return context.createSSLEngine(host, port);
        }

        @Override
        protected SSLSessionContext engineGetServerSessionContext() {
            return context.getServerSessionContext();
        }

        @Override
        protected SSLSessionContext engineGetClientSessionContext() {
            return context.getClientSessionContext();
        }

        @Override
        protected SSLParameters engineGetDefaultSSLParameters() {
            return context.getDefaultSSLParameters();
        }

        @Override
        protected SSLParameters engineGetSupportedSSLParameters() {
            return context.getSupportedSSLParameters();
        }
    }

    private static final class Factory extends SSLSocketFactory {
        private final SSLSocketFactory factory;

        Factory(SSLSocketFactory factory) {
            this.factory = factory;
        }

        @Override
        public String[] getDefaultCipherSuites() {
            return factory.getDefaultCipherSuites();
        }

        @Override
        public String[] getSupportedCipherSuites() {
            return factory.getSupportedCipherSuites();
        }

        @Override
        public Socket createSocket() throws IOException {
            return noted(factory.createSocket());
        }

        @Override
        public Socket createSocket(Socket plain, String host, int port, boolean autoClose) throws IOException {
            return noted(factory.createSocket(plain, host, port, autoClose));
        }

        @Override
        public Socket createSocket(Socket plain, InputStream consumed, boolean autoClose) throws IOException {
            return noted(factory.createSocket(plain, consumed, autoClose));
        }

        @Override
        public Socket createSocket(String host, int port) throws IOException {
            return noted(factory.createSocket(host, port));
        }

        @Override
        public Socket createSocket(String host, int port, InetAddress from, int fromPort) throws IOException {
            return noted(factory.createSocket(host, port, from, fromPort));
        }

        @Override
        public Socket createSocket(InetAddress host, int port) throws IOException {
            return noted(factory.createSocket(host, port));
        }

        @Override
        public Socket createSocket(InetAddress host, int port, InetAddress from, int fromPort) throws IOException {
            return noted(factory.createSocket(host, port, from, fromPort));
        }
    }
}
