import type { FunctionConfiguration, UpdateFunctionConfigurationRequest } from "@aws-sdk/client-lambda";
import { describe, expect, test } from "vitest";
import { boundaryDocument } from "../../../src/lakehouse/boundary.ts";
import { functionGrants } from "../../../src/lakehouse/access/functions.ts";
import { configurationOf, settingsOf } from "../../../src/services/lambda/configuration.ts";
import { lambdaFunction } from "../../../src/services/lambda/function.ts";
import type { FunctionProps } from "../../../src/services/lambda/props.ts";
import type { PolicyDocument, RoleProps } from "../../../src/services/iam/props.ts";
import { scopeOf } from "../compile/project.ts";
import { settings } from "../compile/settings.ts";

const { configOf, desiredOf, problemsOf, write } = settings({ "code/tell.py": "def main(event, context): ...\n" });

const POINT = "arn:aws:elasticfilesystem:eu-central-1:111122223333:access-point/fsap-0123456789abcdef0";
const LAYER = "arn:aws:lambda:eu-central-1:111122223333:layer:tools:3";
const SIGNING = "arn:aws:lambda:eu-central-1:111122223333:code-signing-config:csc-0123456789abcdef0";
const IMAGE = "111122223333.dkr.ecr.eu-central-1.amazonaws.com/tools/f:1";

const WHOLE = `
queues: {dead: {}, done: {}}
roles: {caller: {}}
functions:
  tell:
    source: code
    handler: tell.main
    role: caller
    logFormat: JSON
    logLevels: {application: WARN, system: DEBUG}
    vpc: {subnets: [subnet-2, subnet-1], securityGroups: [sg-1]}
    layers: ["${LAYER}"]
    deadLetter: {queue: dead}
    onSuccess: {queue: done}
    fileSystem: {accessPoint: "${POINT}", path: /mnt/data}
    codeSigningConfig: "${SIGNING}"
    sourceKmsKeyArn: arn:aws:kms:eu-central-1:111122223333:key/1
`;

/** What Lambda answers after it was sent these settings. */
function answered(sent: Partial<UpdateFunctionConfigurationRequest>): FunctionConfiguration {
  const { Layers, ImageConfig, FunctionName: _name, RevisionId: _revision, ...rest } = sent;
  return {
    ...(rest as FunctionConfiguration),
    ...(Layers ? { Layers: Layers.map((Arn) => ({ Arn })) } : {}),
    ...(ImageConfig ? { ImageConfigResponse: { ImageConfig } } : {}),
  };
}

const TOLD = [
  "vpc",
  "layers",
  "deadLetterArn",
  "fileSystem",
  "snapStart",
  "applicationLogLevel",
  "systemLogLevel",
  "imageConfig",
] as const;

describe("settings that a function may leave out", () => {
  test("stand in the config as Lambda takes them, and nothing of them where it names none", async () => {
    const of = await desiredOf(WHOLE);
    expect(of<FunctionProps>("lambda.function/tell")).toMatchObject({
      vpc: { subnets: ["subnet-1", "subnet-2"], securityGroups: ["sg-1"], ipv6: false },
      layers: [LAYER],
      deadLetterArn: "arn:aws:sqs:eu-central-1:111122223333:metriccare_dead_dev",
      onSuccessArn: "arn:aws:sqs:eu-central-1:111122223333:metriccare_done_dev",
      fileSystem: { accessPointArn: POINT, path: "/mnt/data" },
      applicationLogLevel: "WARN",
      systemLogLevel: "DEBUG",
      codeSigningArn: SIGNING,
    });
    const plain = await desiredOf("");
    expect(Object.keys(plain<FunctionProps>("lambda.function/trigger_glue_workflow"))).not.toEqual(
      expect.arrayContaining(["vpc"]),
    );
  });

  test.each(TOLD)("%s: what is sent reads back, and taken out it is Lambda's default again", async (key) => {
    const of = await desiredOf(WHOLE);
    const props: FunctionProps = {
      ...of<FunctionProps>("lambda.function/tell"),
      snapStart: true,
      imageConfig: { command: ["run"], entryPoint: [], workingDirectory: "/app" },
    };
    const told = configurationOf(answered(settingsOf(props, (one) => one === key)), "f");
    expect(told).toMatchObject({ [key]: props[key] });
    const { [key]: _gone, ...without } = props;
    const back = configurationOf(answered(settingsOf(without, (one) => one === key)), "f");
    expect(Object.hasOwn(back, key)).toBe(false);
  });

  test("an image is the code, has no runtime, and a zip becomes one by being made anew", async () => {
    const of = await desiredOf(`
roles: {caller: {}}
functions: {tell: {role: caller, image: {uri: "${IMAGE}", command: [app.main]}}}
`);
    const image = of<FunctionProps>("lambda.function/tell");
    expect(image).toMatchObject({
      packageType: "Image",
      imageUri: IMAGE,
      imageConfig: { command: ["app.main"], entryPoint: [], workingDirectory: null },
      runtime: "",
      codeSha256: null,
    });
    expect(lambdaFunction.lint?.({ kind: "lambda.function", id: "tell", name: "tell" }, image)).toEqual([]);
    expect(lambdaFunction.fields?.packageType).toMatchObject({ onChange: "replace", absenceCounts: true });
  });

  test("what does not go together is found before it is sent", async () => {
    const of = await desiredOf(WHOLE);
    const good = of<FunctionProps>("lambda.function/tell");
    const codes = (change: Partial<FunctionProps>): string[] =>
      (lambdaFunction.lint?.({ kind: "lambda.function", id: "tell", name: "tell" }, { ...good, ...change }) ?? []).map(
        ({ code }) => code,
      );
    expect(codes({})).toEqual([]);
    const { vpc: _vpc, ...outside } = good;
    expect(lambdaFunction.lint?.({ kind: "lambda.function", id: "t", name: "t" }, outside)?.[0]?.text).toMatch(
      /network/,
    );
    expect(codes({ logFormat: "Text" })).toEqual(["function_settings"]);
    expect(codes({ snapStart: true })).toEqual(["function_settings"]);
    expect(codes({ imageUri: IMAGE })).toEqual(["function_code"]);
  });

  test("a mistake is told where it stands", () => {
    expect(
      problemsOf("functions: {tell: {role: x, source: code, vpc: {subnets: [net], securityGroups: [sg-1]}}}"),
    ).toMatch(/dev\.yaml:1:\d+.*subnets/);
    expect(problemsOf("function: {layers: [tools]}")).toMatch(/dev\.yaml:1:\d+.*version/);
  });
});

describe("rights of a function's settings", () => {
  const actionsOf = (policy: RoleProps["policies"][string] | undefined): string[] =>
    ((policy as PolicyDocument | undefined)?.Statement ?? []).flatMap(({ Action }) => Action ?? []);

  test("its role reaches the network, the files and where events go, inside the boundary", async () => {
    const of = await desiredOf(WHOLE);
    const actions = actionsOf(of<RoleProps>("iam.role/caller").policies["lakehouse"]);
    expect(actions).toEqual(
      expect.arrayContaining(["ec2:CreateNetworkInterface", "elasticfilesystem:ClientMount", "sqs:SendMessage"]),
    );
    const boundary = boundaryDocument(configOf(), scopeOf("dev"));
    expect(boundary.Statement.flatMap(({ Action }) => Action ?? [])).toEqual(
      expect.arrayContaining(["ec2:CreateNetworkInterface", "elasticfilesystem:ClientMount"]),
    );
  });

  test("the pipeline's own function in a network gets them too, and one outside does not", async () => {
    const inside = await desiredOf("function: {vpc: {subnets: [subnet-1], securityGroups: [sg-1]}}");
    const role = "iam.role/trigger_glue_workflow";
    expect(actionsOf(inside<RoleProps>(role).policies["lakehouse"])).toContain("ec2:CreateNetworkInterface");
    const outside = await desiredOf("");
    expect(JSON.stringify(outside<RoleProps>(role))).not.toContain("ec2:");
  });

  test("who deploys may look at what Lambda looks at in its name", () => {
    write(WHOLE);
    const statements = functionGrants(configOf(), scopeOf("dev"));
    expect(statements).toContainEqual({ Effect: "Allow", Action: ["lambda:GetLayerVersion"], Resource: LAYER });
    expect(JSON.stringify(statements)).toContain("ec2:DescribeSubnets");
    write("");
    expect(functionGrants(configOf(), scopeOf("dev"))).toEqual([]);
  });
});
