import type { Grantee } from "@aws-sdk/client-s3";
import { z } from "zod";

/** Who an ACL grants something to. (AWS ended grants to mail addresses in October 2025.) */
export interface To {
  readonly id?: string | undefined;
  readonly uri?: string | undefined;
}

export const granteeShape = {
  id: z.string().min(1).optional().describe("ID: canonical user id of an account."),
  uri: z
    .string()
    .startsWith(
      "http://acs.amazonaws.com/groups/",
      "the URI of one of AWS's groups (http://acs.amazonaws.com/groups/…)",
    )
    .optional()
    .describe("URI: one of AWS's groups, such as http://acs.amazonaws.com/groups/s3/LogDelivery."),
};

export const granteeWhole = ({ id, uri }: To): boolean => (id === undefined) !== (uri === undefined);

export const toGrantee = ({ id, uri }: To): Grantee =>
  uri === undefined ? { Type: "CanonicalUser", ID: id } : { Type: "Group", URI: uri };

export const fromGrantee = (grantee: Grantee | undefined): To =>
  grantee?.URI ? { uri: grantee.URI } : { id: grantee?.ID ?? "" };
