import { chmodSync, mkdirSync, mkdtempSync, rmSync, statSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, expect, it } from "vitest";
import { socketFile } from "../../src/local/socket-file.ts";

const root = mkdtempSync(join(tmpdir(), "sf-"));
afterEach(() => rmSync(root, { recursive: true, force: true }));

const paths = (local: string): { local: string; tmp: string } => ({ local, tmp: join(local, "tmp") });

it("lies in the project's own folder, which its user alone may enter", async () => {
  const socket = socketFile(paths(join(root, "short")));
  await socket.make();
  expect(socket.file).toBe(join(root, "short", "tmp", "emulator", "s"));
  expect(statSync(join(root, "short", "tmp", "emulator")).mode & 0o777).toBe(0o700);
});

it("is short enough for a socket wherever the project lies, and one for each project", async () => {
  const long = paths(join(root, "x".repeat(200)));
  const socket = socketFile(long, root);
  expect(Buffer.byteLength(socket.file)).toBeLessThan(100);
  expect(socketFile(long, root).file).toBe(socket.file);
  expect(socketFile(paths(join(root, "y".repeat(200))), root).file).not.toBe(socket.file);
  // Left open by somebody, it is closed again.
  mkdirSync(join(socket.file, ".."), { recursive: true });
  chmodSync(join(socket.file, ".."), 0o777);
  await socket.make();
  expect(statSync(join(socket.file, "..")).mode & 0o777).toBe(0o700);
  await socket.remove();
  expect(() => statSync(join(socket.file, ".."))).toThrow("ENOENT");
});

it("refuses a folder under /tmp that leads elsewhere", async () => {
  const socket = socketFile(paths(join(root, "z".repeat(200))), root);
  mkdirSync(join(root, "elsewhere"), { recursive: true });
  symlinkSync(join(root, "elsewhere"), join(socket.file, ".."));
  await expect(socket.make()).rejects.toMatchObject({ code: "socket_folder" });
});
