import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { systemClock } from "../../../src/clock/index.ts";
import { install, sitePackages } from "../../../src/local/runtime/install.ts";
import { installJars } from "../../../src/local/runtime/jars.ts";
import { AUTHORITY, corporate } from "../../harness/corporate.ts";
import { repository } from "../../harness/project.ts";
import { temporaryFolder } from "./fakes.ts";

const JAR = "first";
const sum = (algorithm: string, text: string): string => createHash(algorithm).update(text).digest("hex");
const POM =
  "<project><modelVersion>4.0.0</modelVersion><groupId>org.example</groupId><artifactId>one</artifactId><version>1.0</version></project>";

/** The real Ivy and the real Java, in a network that lets nothing out but through its proxy: a few seconds. */
test("jars come through a proxy with a password and a private authority", { timeout: 300_000 }, async () => {
  const { java, paths } = await install({ projectDir: repository, clock: systemClock, onProgress: () => undefined });
  const folder = temporaryFolder();
  const network = await corporate((request, response) => {
    const text = request.url?.includes(".pom") ? POM : JAR;
    const known = request.url?.includes("/org/example/one/1.0/one-1.0.") ?? false;
    const body = request.url?.endsWith(".sha1") ? sum("sha1", text) : text;
    if (known && !request.url?.endsWith(".md5")) response.end(request.method === "HEAD" ? "" : body);
    else response.writeHead(404).end();
  });
  network.authorization = "user:pass word";
  try {
    await installJars({
      jars: [{ group: "org.example", artifact: "one", version: "1.0", sha256: sum("sha256", JAR), bytes: JAR.length }],
      target: join(folder.dir, "jars"),
      cache: join(folder.dir, "cache"),
      ivy: join(await sitePackages(paths), "pyspark", "jars", "ivy-2.5.1.jar"),
      java,
      env: {
        PATH: process.env.PATH,
        HOME: folder.dir,
        HTTPS_PROXY: `http://user:pass%20word@127.0.0.1:${network.port}`,
        AWS_CA_BUNDLE: AUTHORITY,
      },
      onProgress: () => undefined,
    });
    expect(readFileSync(join(folder.dir, "jars", "one-1.0.jar"), "utf8")).toBe(JAR);
    expect(network.requests.some((line) => line.startsWith("GET repo1.maven.org /maven2/org/example/one"))).toBe(true);
  } finally {
    await network.stop();
    folder.remove();
  }
});
