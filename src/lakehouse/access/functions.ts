import type { Scope } from "../../aws/arn.ts";
import type { PolicyStatement } from "../../services/iam/props.ts";
import type { LakehouseConfig } from "../schema.ts";

/**
 * What Lambda does with its caller's own rights when it makes or changes a function: it looks at the network, the layers,
 * the image and the file system that the config names. Source: Lambda's developer guide, "required API permissions".
 */
export function functionGrants(config: LakehouseConfig, scope: Scope): PolicyStatement[] {
  const own = config.made.includes("function") ? [config.function] : [];
  const all = [...own, ...Object.values(config.functions).filter(({ existing }) => existing === undefined)];
  const layers = all.flatMap((one) => one.layers ?? []);
  const images = all.flatMap(({ image }) => (image ? [repositoryOf(image.uri, scope)] : []));
  const signing = all.flatMap(({ codeSigningConfig }) => codeSigningConfig ?? []);
  return [
    // None of these can be bound to a network.
    ...allow(
      ["ec2:DescribeSecurityGroups", "ec2:DescribeSubnets", "ec2:DescribeVpcs"],
      all.some(({ vpc }) => vpc !== undefined) ? ["*"] : [],
    ),
    ...allow(["lambda:GetLayerVersion"], layers),
    // Lambda lets itself into the repository where it may.
    ...allow(
      ["ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer", "ecr:GetRepositoryPolicy", "ecr:SetRepositoryPolicy"],
      images,
    ),
    ...allow(
      ["elasticfilesystem:DescribeAccessPoints", "elasticfilesystem:DescribeMountTargets"],
      all.some(({ fileSystem }) => fileSystem !== undefined) ? ["*"] : [],
    ),
    ...allow(["lambda:GetCodeSigningConfig"], signing),
  ];
}

/** `<account>.dkr.ecr.<region>.amazonaws.com/<name>:<tag>` as IAM names its repository. */
function repositoryOf(uri: string, { partition }: Scope): string {
  const [, account = "", region = "", name = ""] = /^(\d+)\.dkr\.ecr\.([^.]+)\.[^/]+\/([^:@]+)/.exec(uri) ?? [];
  return `arn:${partition}:ecr:${region}:${account}:repository/${name}`;
}

const allow = (Action: readonly string[], resources: readonly string[]): PolicyStatement[] => {
  const all = [...new Set(resources)];
  return all.length === 0 ? [] : [{ Effect: "Allow", Action, Resource: all.length === 1 ? (all[0] ?? "") : all }];
};
