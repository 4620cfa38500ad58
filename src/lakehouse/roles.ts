import type { Scope } from "../aws/arn.ts";
import type { PolicyStatement } from "../services/iam/props.ts";
import type { RoleConfig } from "../services/iam/section.ts";
import type { Expansion } from "./expansion.ts";
import { reachStatements } from "./function-rights.ts";
import { crawlerStatements, jobExtras } from "./glue-rights.ts";
import { namesOf, ownRoles } from "./naming.ts";
import { replicationStatements } from "./replication.ts";
import { functionStatements, furtherStatements, jobsOf, jobStatements } from "./rights.ts";
import type { LakehouseConfig } from "./schema.ts";
import { passedRoles } from "./uses.ts";
import { mapsOf } from "./maps.ts";
import { sections, services } from "../services/index.ts";
import { lookup } from "../services/names.ts";

/** Name of the inline policy that follows from the config. */
export const DERIVED_POLICY = "lakehouse";

/** Sids are unique within a policy: a role that the function and jobs share says some things twice. */
const distinct = (statements: readonly PolicyStatement[]): PolicyStatement[] => {
  const seen = new Map<string, PolicyStatement>();
  for (const statement of statements) {
    const text = JSON.stringify({ ...statement, Sid: "" });
    let sid = statement.Sid ?? "Statement";
    for (let n = 2; seen.has(sid) && JSON.stringify({ ...seen.get(sid), Sid: "" }) !== text; n++)
      sid = `${statement.Sid}${n}`;
    seen.set(sid, { ...statement, Sid: sid });
  }
  return [...seen.values()];
};

/** AWS's own keys need no right. */
const ownKey = (key: string | undefined): string | undefined =>
  key === undefined || key === "" || key.startsWith("alias/aws/") ? undefined : key;

/** What services say that their entries need of a role. */
function usedBy({ config, scope }: Expansion, id: string): PolicyStatement[] {
  const maps = mapsOf(config);
  const { named, has, entry } = lookup(sections, maps, scope);
  const keyOf = (section: string, reference: string) => ownKey(entry(section, reference)?.kmsKeyId);
  return services.flatMap((one) => one.rights?.(maps, id, { named, has, scope, keyOf }) ?? []);
}

/** What follows from who uses a role. */
function statementsOf(all: Expansion, id: string): PolicyStatement[] {
  const { config } = all;
  const jobs = jobsOf(all, id);
  return distinct([
    ...(config.made.includes("function") && config.function.role === id ? functionStatements(all) : []),
    ...furtherStatements(all, id),
    ...reachStatements(all, id),
    ...(jobs.length > 0 ? jobStatements(all, jobs) : []),
    ...replicationStatements(all, id),
    ...jobExtras(all, jobs),
    ...crawlerStatements(all, id),
    ...usedBy(all, id),
  ]);
}

/** The statements of each role's derived policy, by the role's key. */
export const declaredRights = (
  config: LakehouseConfig,
  scope: Scope,
): ReadonlyMap<string, readonly PolicyStatement[]> => {
  const all = { config, scope, names: namesOf(config, scope) };
  return new Map(ownRoles(config).map((id) => [id, statementsOf(all, id)]));
};

/** Roles with everything written out: who takes them on follows from who uses them, and so does what they may do. */
export function roleEntries(all: Expansion): Record<string, RoleConfig> {
  const { config } = all;
  const passed = passedRoles(config);
  return Object.fromEntries(
    Object.entries(config.roles).map(([id, role]): [string, RoleConfig] => {
      if (role.existing !== undefined) return [id, role];
      const statements = statementsOf(all, id);
      const services = [...new Set([...role.services, ...(passed.get(id) ?? [])])];
      const derived: RoleConfig["policies"] =
        statements.length > 0 ? { [DERIVED_POLICY]: { Version: "2012-10-17", Statement: statements } } : {};
      return [
        id,
        {
          ...role,
          services: services.toSorted(),
          policies: { ...derived, ...role.policies },
          permissionsBoundary: role.permissionsBoundary ?? config.permissionsBoundary,
        },
      ];
    }),
  );
}
