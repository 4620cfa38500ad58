import { X509Certificate } from "node:crypto";
import { readFileSync } from "node:fs";
import { createSecureContext, rootCertificates, type SecureContext } from "node:tls";
import { Told } from "../told.ts";
import type { Env } from "./proxy-rules.ts";

const BLOCK = /-----BEGIN (?:TRUSTED |X509 )?CERTIFICATE-----[\s\S]+?-----END (?:TRUSTED |X509 )?CERTIFICATE-----/g;

const FIX =
  "Point AWS_CA_BUNDLE at a PEM file with the certificates of your organisation's authority (-----BEGIN CERTIFICATE-----), or unset it.";

const problem = (text: string): Told => new Told("ca_bundle", text, FIX, "user");

function text(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    const code = error instanceof Error && "code" in error ? error.code : undefined;
    const why = code === "ENOENT" ? "does not exist" : code === "EISDIR" ? "is a folder" : `cannot be read (${code})`;
    throw problem(`AWS_CA_BUNDLE names ${file}, which ${why}`);
  }
}

/** Undefined for what is no certificate. */
function fingerprint(pem: string): string | undefined {
  try {
    return new X509Certificate(pem).fingerprint256;
  } catch {
    return undefined;
  }
}

/** The certificates that AWS_CA_BUNDLE adds, each looked at; empty when it is not set. Throws `Told`. */
export function bundleCertificates(env: Env): readonly string[] {
  const file = env.AWS_CA_BUNDLE;
  if (!file) return [];
  const blocks = text(file).match(BLOCK) ?? [];
  if (blocks.length === 0) throw problem(`AWS_CA_BUNDLE names ${file}, which holds no certificate in PEM form`);
  const unreadable = blocks.findIndex((block) => fingerprint(block) === undefined);
  if (unreadable >= 0) throw problem(`AWS_CA_BUNDLE names ${file}, whose certificate ${unreadable + 1} cannot be read`);
  return blocks;
}

/** Node adds this file to its own trust, but not where authorities are named: then it is ours to add. */
function nodesExtra(env: Env): readonly string[] {
  try {
    return env.NODE_EXTRA_CA_CERTS ? (readFileSync(env.NODE_EXTRA_CA_CERTS, "utf8").match(BLOCK) ?? []) : [];
  } catch {
    // Node itself only warns of it.
    return [];
  }
}

/** Everything trusted: Node's authorities, NODE_EXTRA_CA_CERTS and AWS_CA_BUNDLE. */
export const trusted = (env: Env): readonly string[] => [
  ...new Set([...rootCertificates, ...nodesExtra(env), ...bundleCertificates(env)]),
];

/** What TLS connections to AWS trust beyond Node; undefined when AWS_CA_BUNDLE is not set. Made once: it holds some 150 certificates. */
export function secureContext(env: Env): SecureContext | undefined {
  return env.AWS_CA_BUNDLE ? createSecureContext({ ca: [...trusted(env)] }) : undefined;
}
