import { z } from "zod";
import { type Place, regionalArn } from "../../src/aws/arn.ts";
import type { AwsContext } from "../../src/aws/context.ts";
import { meanings } from "../../src/codes/meaning.ts";
import { anyKind, type Kind } from "../../src/engine/types.ts";
import { resource } from "../../src/services/build.ts";
import { existingSchema, formerlySchema, nameSchema, tagsSchema } from "../../src/services/parts.ts";
import { reference } from "../../src/services/reference.ts";
import { service } from "../../src/services/service.ts";

/**
 * A service that AWS does not have, as its folder would tell of it. All that metriccare does with a service follows from this
 * value and its place in the list: nothing else of the source is touched.
 */
const parcelArn = (s: Place, name: string): string => regionalArn("parcel", s, `parcel/${name}`);

const parcelSection = z.strictObject({
  name: nameSchema,
  formerly: formerlySchema,
  weight: z.int().min(1).max(30).default(1).describe("WeightInKilograms: with its wrapping."),
  carrier: reference("roles", { passedTo: "parcel.amazonaws.com" }).describe("Id or ARN of the role."),
  undeliverable: reference("queues").optional(),
  kmsKeyId: z.string().optional(),
  existing: existingSchema,
  tags: tagsSchema,
});

interface ParcelProps {
  readonly weight: number;
  readonly roleArn: string;
}

const parcel: Kind<ParcelProps, AwsContext> = {
  name: "parcel.parcel",
  handles: (ctx, { name }) => [parcelArn(ctx, name)],
  needs: (_ctx, _address, { roleArn }) => [roleArn],
  read: async () => new Map(),
  owned: async () => [],
  *create() {},
  *update() {},
  *delete() {},
  permissions: {
    read: ["parcel:GetParcel"],
    create: ["parcel:CreateParcel", "iam:PassRole"],
    update: ["parcel:UpdateParcel", "iam:PassRole"],
    delete: ["parcel:DeleteParcel"],
  },
};

/** The value of its folder. */
export const parcels = service({
  name: "parcel",
  client: { load: () => Promise.resolve() },
  coverage: {
    fields: { Parcel: { Name: "identity", WeightInKilograms: "managed" } },
    terraform: [{ resource: "aws_parcel", section: "parcels.<id>", arguments: { weight: "weight" } }],
  },
  faults: [{ code: /^ParcelLost/, class: "absent" }],
  codes: { findings: meanings({ parcel_heavy: { what: "It is heavy.", why: "Weight.", todo: "Send two." } }) },
  said: { operations: "SendParcel", codes: "ParcelLostException" },
  kinds: [anyKind(parcel)],
  sections: {
    parcels: {
      kind: "parcel.parcel",
      one: "parcel",
      about: "Parcels that are sent.",
      example: "parcels:\n  gift: {weight: 2, carrier: post}",
      schema: parcelSection,
      mayExist: true,
      named: { limit: { max: 20, form: /^[a-z_]+$/, words: "letters and _" }, arn: parcelArn },
    },
  },
  where: [[/^parcel:/, "parcels"]],
  rights: ({ parcels: all }, role, { named, keyOf }) =>
    Object.values(all).flatMap(({ carrier, undeliverable }) =>
      carrier !== role || undeliverable === undefined
        ? []
        : [
            {
              Sid: "ReturnParcels",
              Effect: "Allow",
              Action: ["sqs:SendMessage"],
              Resource: [named("queues", undeliverable).arn, keyOf("queues", undeliverable) ?? ""].filter(Boolean),
            },
          ],
    ),
  declare: ({ parcels: all }, build) =>
    Object.entries(all).map(([id, one]) =>
      resource<ParcelProps>(
        { kind: "parcel.parcel", id, name: build.named("parcels", id).name },
        { weight: one.weight, roleArn: build.named("roles", one.carrier).arn },
        build.tags(one.tags),
      ),
    ),
});
