import type { IAM } from "@aws-sdk/client-iam";
import type { AwsContext } from "../../aws/context.ts";
import type { Call } from "../../engine/types.ts";
import { call, forget, pages } from "../kit.ts";
import { parsePolicy } from "../statements.ts";
import type { HandWritten, PolicyDocument } from "./props.ts";
import { iamClient } from "./client.ts";

export const ABSENT = ["NoSuchEntity"] as const;

// IAM answers policies form-encoded.
export const decode = (text: string | undefined): PolicyDocument => parsePolicy(decodeURIComponent(text ?? ""));

export const after = (page: { IsTruncated?: boolean | undefined; Marker?: string | undefined }): string | undefined =>
  page.IsTruncated ? page.Marker : undefined;

/** Names of the inline policies. */
export async function inlineNames(iam: IAM, RoleName: string): Promise<readonly string[]> {
  const all = await pages(
    (Marker?: string) => iam.listRolePolicies({ RoleName, ...(Marker ? { Marker } : {}) }),
    after,
  );
  return all.flatMap((page) => page.PolicyNames ?? []);
}

/** ARNs of the attached policies. */
export async function attached(iam: IAM, RoleName: string): Promise<readonly string[]> {
  const all = await pages(
    (Marker?: string) => iam.listAttachedRolePolicies({ RoleName, ...(Marker ? { Marker } : {}) }),
    after,
  );
  return all.flatMap((page) => (page.AttachedPolicies ?? []).flatMap(({ PolicyArn }) => PolicyArn ?? []));
}

/** The inline policies by name. */
export async function inline(iam: IAM, RoleName: string): Promise<Record<string, PolicyDocument>> {
  const names = await inlineNames(iam, RoleName);
  const documents = await Promise.all(
    names.map(async (PolicyName) => decode((await iam.getRolePolicy({ RoleName, PolicyName })).PolicyDocument)),
  );
  return Object.fromEntries(
    names.flatMap((name, index) => (documents[index] ? [[name, documents[index]] as const] : [])),
  );
}

/** Puts and deletes inline policies. */
export function* putPolicies(
  ctx: AwsContext,
  RoleName: string,
  put: readonly (readonly [string, PolicyDocument | HandWritten])[],
  drop: readonly string[],
): Iterable<Call> {
  for (const [PolicyName, document] of put) {
    yield call("iam:PutRolePolicy", async () =>
      (await ctx.clients.of(iamClient)).putRolePolicy({
        RoleName,
        PolicyName,
        PolicyDocument: JSON.stringify(document),
      }),
    );
  }
  for (const PolicyName of drop) {
    yield forget("iam:DeleteRolePolicy", ABSENT, async () =>
      (await ctx.clients.of(iamClient)).deleteRolePolicy({ RoleName, PolicyName }),
    );
  }
}

/** Attaches and detaches managed policies. */
export function* attach(
  ctx: AwsContext,
  RoleName: string,
  add: readonly string[],
  drop: readonly string[],
): Iterable<Call> {
  for (const PolicyArn of add) {
    yield call("iam:AttachRolePolicy", async () =>
      (await ctx.clients.of(iamClient)).attachRolePolicy({ RoleName, PolicyArn }),
    );
  }
  for (const PolicyArn of drop) {
    yield forget("iam:DetachRolePolicy", ABSENT, async () =>
      (await ctx.clients.of(iamClient)).detachRolePolicy({ RoleName, PolicyArn }),
    );
  }
}

/** Sets or removes the permissions boundary. */
export const boundary = (ctx: AwsContext, RoleName: string, policy: string | null): Call =>
  policy === null
    ? forget("iam:DeleteRolePermissionsBoundary", ABSENT, async () =>
        (await ctx.clients.of(iamClient)).deleteRolePermissionsBoundary({ RoleName }),
      )
    : call("iam:PutRolePermissionsBoundary", async () =>
        (await ctx.clients.of(iamClient)).putRolePermissionsBoundary({ RoleName, PermissionsBoundary: policy }),
      );
