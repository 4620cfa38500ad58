// The HTTP client of Hudi's catalog sync. The SDK's own (Netty) waits two idle seconds when it is closed, at each sync
// of each table; this one, over the JDK's, has nothing to wait for. And it speaks for the run that syncs: the request is
// signed again with the credentials of the run's role in the place of the JVM's, and the catalog's policies hold as on
// Glue. Compiled at start by the compiler that Spark carries (Janino: no lambdas, casts where generics would do). Bodies
// are small JSON documents, held in memory.
package metriccare;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.InputStream;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.ByteBuffer;
import java.util.Iterator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.BiConsumer;
import org.reactivestreams.Publisher;
import org.reactivestreams.Subscriber;
import org.reactivestreams.Subscription;
import software.amazon.awssdk.auth.credentials.AwsCredentials;
import software.amazon.awssdk.auth.credentials.AwsSessionCredentials;
import software.amazon.awssdk.auth.signer.Aws4Signer;
import software.amazon.awssdk.auth.signer.params.Aws4SignerParams;
import software.amazon.awssdk.http.ContentStreamProvider;
import software.amazon.awssdk.http.SdkHttpFullRequest;
import software.amazon.awssdk.http.SdkHttpRequest;
import software.amazon.awssdk.http.SdkHttpResponse;
import software.amazon.awssdk.http.async.AsyncExecuteRequest;
import software.amazon.awssdk.http.async.SdkAsyncHttpClient;
import software.amazon.awssdk.http.async.SdkAsyncHttpResponseHandler;
import software.amazon.awssdk.http.async.SdkAsyncHttpService;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.utils.AttributeMap;

public class CatalogHttp implements SdkAsyncHttpService {
  // Credentials of the runs that are on.
  static final Map KEYS = new ConcurrentHashMap();

  public static void speakFor(String run, String accessKeyId, String secretAccessKey, String sessionToken) {
    KEYS.put(run, AwsSessionCredentials.create(accessKeyId, secretAccessKey, sessionToken));
  }

  public static void forget(String run) {
    KEYS.remove(run);
  }

  /** The credentials of the run whose thread this is, or null. Hudi makes a client for each sync, on the thread that writes. */
  static AwsCredentials keyOfThread() {
    String[] parts = Thread.currentThread().getName().split(":");
    return parts.length == 3 && parts[0].equals("metriccare") ? (AwsCredentials) KEYS.get(parts[1]) : null;
  }

  public SdkAsyncHttpClient.Builder createAsyncHttpClientFactory() {
    return new Builder();
  }

  public static class Builder implements SdkAsyncHttpClient.Builder {
    public SdkAsyncHttpClient buildWithDefaults(AttributeMap defaults) {
      return new Client();
    }
  }

  public static class Client implements SdkAsyncHttpClient {
    // One for all: its connections outlive a single sync.
    static final HttpClient SHARED = HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
    final AwsCredentials key = CatalogHttp.keyOfThread();

    public CompletableFuture execute(AsyncExecuteRequest request) {
      CompletableFuture done = new CompletableFuture();
      request.requestContentPublisher().subscribe(new Body(request, done, key));
      return done;
    }

    public void close() {}
  }

  /** Collects the body of a request, then sends it. */
  public static class Body implements Subscriber {
    final AsyncExecuteRequest request;
    final CompletableFuture done;
    final AwsCredentials key;
    final ByteArrayOutputStream bytes = new ByteArrayOutputStream();

    public Body(AsyncExecuteRequest request, CompletableFuture done, AwsCredentials key) {
      this.request = request;
      this.done = done;
      this.key = key;
    }

    public void onSubscribe(Subscription subscription) {
      subscription.request(Long.MAX_VALUE);
    }

    public void onNext(Object part) {
      ByteBuffer buffer = (ByteBuffer) part;
      byte[] copy = new byte[buffer.remaining()];
      buffer.get(copy);
      bytes.write(copy, 0, copy.length);
    }

    public void onError(Throwable error) {
      request.responseHandler().onError(error);
      done.completeExceptionally(error);
    }

    public void onComplete() {
      try {
        Client.SHARED.sendAsync(built(), HttpResponse.BodyHandlers.ofByteArray()).whenComplete(new Answer(request, done));
      } catch (Throwable error) {
        onError(error);
      }
    }

    HttpRequest built() {
      SdkHttpRequest from = key == null ? request.request() : signedAnew(request.request());
      HttpRequest.Builder to = HttpRequest.newBuilder(from.getUri());
      to.method(from.method().name(), HttpRequest.BodyPublishers.ofByteArray(bytes.toByteArray()));
      Iterator headers = from.headers().entrySet().iterator();
      while (headers.hasNext()) {
        Map.Entry header = (Map.Entry) headers.next();
        String name = (String) header.getKey();
        // The JDK's client sets these itself and refuses them from us.
        if (name.equalsIgnoreCase("Host") || name.equalsIgnoreCase("Content-Length") || name.equalsIgnoreCase("Connection")
            || name.equalsIgnoreCase("Expect") || name.equalsIgnoreCase("Upgrade")) continue;
        Iterator values = ((List) header.getValue()).iterator();
        while (values.hasNext()) to.header(name, (String) values.next());
      }
      return to.build();
    }

    /** The same request in the name of the run; region and service are those of the scope that it came with. */
    SdkHttpRequest signedAnew(SdkHttpRequest from) {
      String[] scope = ((String) from.firstMatchingHeader("Authorization").get()).split("/");
      SdkHttpFullRequest.Builder bare = SdkHttpFullRequest.builder();
      bare.method(from.method()).protocol(from.protocol()).host(from.host()).port(Integer.valueOf(from.port()));
      bare.encodedPath(from.encodedPath());
      Iterator headers = from.headers().entrySet().iterator();
      while (headers.hasNext()) {
        Map.Entry header = (Map.Entry) headers.next();
        String name = ((String) header.getKey()).toLowerCase(Locale.ROOT);
        if (name.equals("authorization") || name.equals("x-amz-date") || name.equals("x-amz-security-token")) continue;
        bare.putHeader((String) header.getKey(), (List) header.getValue());
      }
      bare.contentStreamProvider(new Again(bytes.toByteArray()));
      Aws4SignerParams.Builder how = Aws4SignerParams.builder();
      how.awsCredentials(key);
      how.signingName(scope[3]);
      how.signingRegion(Region.of(scope[2]));
      return Aws4Signer.create().sign((SdkHttpFullRequest) bare.build(), (Aws4SignerParams) how.build());
    }
  }

  /** A body that can be read as often as is wanted. */
  public static class Again implements ContentStreamProvider {
    final byte[] bytes;

    public Again(byte[] bytes) {
      this.bytes = bytes;
    }

    public InputStream newStream() {
      return new ByteArrayInputStream(bytes);
    }
  }

  /** Hands a whole answer to the SDK. */
  public static class Answer implements BiConsumer {
    final SdkAsyncHttpResponseHandler handler;
    final CompletableFuture done;

    public Answer(AsyncExecuteRequest request, CompletableFuture done) {
      this.handler = request.responseHandler();
      this.done = done;
    }

    public void accept(Object answer, Object error) {
      if (error != null) {
        handler.onError((Throwable) error);
        done.completeExceptionally((Throwable) error);
        return;
      }
      HttpResponse response = (HttpResponse) answer;
      SdkHttpResponse.Builder head = SdkHttpResponse.builder();
      head.statusCode(response.statusCode());
      head.headers(response.headers().map());
      handler.onHeaders((SdkHttpResponse) head.build());
      handler.onStream(new Content(ByteBuffer.wrap((byte[]) response.body())));
      done.complete(null);
    }
  }

  /** The body of an answer, in one piece. */
  public static class Content implements Publisher {
    final ByteBuffer bytes;

    public Content(ByteBuffer bytes) {
      this.bytes = bytes;
    }

    public void subscribe(Subscriber subscriber) {
      subscriber.onSubscribe(new Once(subscriber, bytes));
    }
  }

  public static class Once implements Subscription {
    final Subscriber subscriber;
    ByteBuffer bytes;

    public Once(Subscriber subscriber, ByteBuffer bytes) {
      this.subscriber = subscriber;
      this.bytes = bytes;
    }

    public void request(long count) {
      ByteBuffer next = bytes;
      bytes = null;
      if (next == null) return;
      if (next.hasRemaining()) subscriber.onNext(next);
      subscriber.onComplete();
    }

    public void cancel() {
      bytes = null;
    }
  }
}
