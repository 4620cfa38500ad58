import { meanings } from "../../codes/meaning.ts";

/** What DynamoDB refuses. */
export const errors = meanings({
  backups_busy: {
    what: "DynamoDB is still setting up backups of the table.",
    why: "Point-in-time recovery cannot be switched while it is being switched.",
    todo: "Wait some minutes and run the same command again.",
  },
  billing_change_too_soon: {
    what: "DynamoDB takes a change of billing only so often.",
    why: "The table was switched to on-demand within the last day.",
    todo: "Run the same command again tomorrow; everything else is done.",
  },
  condition_failed: {
    what: "A conditional write to DynamoDB found something else than it expected.",
    why: "Somebody else changed the item first.",
    todo: "Run the same command again: it looks first.",
  },
  table_busy: {
    what: "DynamoDB is still changing the table.",
    why: "It takes one change at a time.",
    todo: "Wait some minutes and run the same command again.",
  },
  tables_busy: {
    what: "DynamoDB makes or changes too many tables at once in this account.",
    why: "It limits how many change side by side.",
    todo: "Run the same command again.",
  },
  ttl_attribute_change: {
    what: "DynamoDB cannot move TTL to another attribute in one step.",
    why: "TTL is on for the old one.",
    todo: "Apply with TTL off, and an hour later with the new attribute.",
  },
  ttl_change_too_soon: {
    what: "DynamoDB takes one change of TTL an hour.",
    why: "It was changed a moment ago.",
    todo: "Run the same command again in an hour; everything else is done.",
  },
});

/** What DynamoDB would refuse, or what surprises about it. */
export const findings = meanings({
  table_capacity: {
    what: "The capacities of a table do not fit its billing.",
    why: "Provisioned billing needs both, on-demand none.",
    todo: "Give or remove them.",
  },
  table_indexes: {
    what: "Local indexes of a table without a range key.",
    why: "They sort what shares the table's hash key by another attribute than its range key.",
    todo: "Give `rangeKey`, or make them indexes.",
  },
  table_name: {
    what: "The name cannot be that of a table.",
    why: "DynamoDB takes 3 to 255 letters, digits, '_', '.' and '-'.",
    todo: "Give it another `name`.",
  },
  table_recovery: {
    what: "`recoveryPeriodDays` of a table without point-in-time recovery.",
    why: "Nothing is kept that it could go back to.",
    todo: "Say `pointInTimeRecovery: true`, or leave the days out.",
  },
  ttl_attribute: {
    what: "TTL cannot move to another attribute in one step.",
    why: "It is on for the old one.",
    todo: "Switch TTL off and apply; an hour later switch it on with the new attribute and apply again.",
  },
  too_many_indexes: {
    what: "A table has more indexes than DynamoDB takes.",
    why: "It takes 20.",
    todo: "Remove some.",
  },
});

declare module "../../codes/index.ts" {
  interface ServiceErrors {
    readonly dynamodb: typeof errors;
  }
  interface ServiceFindings {
    readonly dynamodb: typeof findings;
  }
}
