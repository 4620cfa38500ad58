import type {
  FunctionConfiguration,
  FunctionEventInvokeConfig,
  UpdateFunctionConfigurationRequest,
} from "@aws-sdk/client-lambda";
import { given, orNull } from "../kit.ts";

/** Settings that a function need not name. All but the last two are told by the calls that read every function. */
export interface FunctionSettings {
  /** `Image`: the code is a container image. A zip never becomes one. */
  readonly packageType: "Image";
  readonly imageUri: string;
  readonly imageConfig: {
    readonly command: readonly string[];
    readonly entryPoint: readonly string[];
    readonly workingDirectory: string | null;
  };
  /** Key that the zip is encrypted with, where that is not Lambda's own. */
  readonly sourceKmsKey: string;
  /** Ids in order: Lambda tells them in an order of its own. */
  readonly vpc: {
    readonly subnets: readonly string[];
    readonly securityGroups: readonly string[];
    readonly ipv6: boolean;
  };
  /** ARNs of versions; a later one covers an earlier one. */
  readonly layers: readonly string[];
  /** Topic or queue. */
  readonly deadLetterArn: string;
  readonly fileSystem: { readonly accessPointArn: string; readonly path: string };
  readonly snapStart: boolean;
  readonly applicationLogLevel: NonNullable<NonNullable<FunctionConfiguration["LoggingConfig"]>["ApplicationLogLevel"]>;
  readonly systemLogLevel: NonNullable<NonNullable<FunctionConfiguration["LoggingConfig"]>["SystemLogLevel"]>;
  /** Where asynchronous events go that it has dealt with. */
  readonly onSuccessArn: string;
  /** A call of its own. */
  readonly codeSigningArn: string;
}

const JSON_LEVEL = "INFO";

const sorted = (list: readonly string[] | undefined): readonly string[] => [...(list ?? [])].sort();

function vpcOf({ VpcConfig }: FunctionConfiguration): FunctionSettings["vpc"] | undefined {
  // One that was taken out of its network has empty lists.
  if (!VpcConfig?.SubnetIds?.length) return undefined;
  return {
    subnets: sorted(VpcConfig.SubnetIds),
    securityGroups: sorted(VpcConfig.SecurityGroupIds),
    ipv6: VpcConfig.Ipv6AllowedForDualStack ?? false,
  };
}

function imageConfigOf({ ImageConfigResponse }: FunctionConfiguration): FunctionSettings["imageConfig"] | undefined {
  const { Command = [], EntryPoint = [], WorkingDirectory } = ImageConfigResponse?.ImageConfig ?? {};
  const workingDirectory = orNull(WorkingDirectory);
  if (Command.length === 0 && EntryPoint.length === 0 && workingDirectory === null) return undefined;
  return { command: Command, entryPoint: EntryPoint, workingDirectory };
}

/** What AWS tells with the function itself; what is not set is left out. */
export function settingsIn(config: FunctionConfiguration): Partial<FunctionSettings> {
  const layers = (config.Layers ?? []).flatMap(({ Arn }) => (Arn === undefined ? [] : [Arn]));
  const [mount] = config.FileSystemConfigs ?? [];
  const logs = config.LoggingConfig;
  return {
    ...given("packageType", config.PackageType === "Image" ? ("Image" as const) : undefined),
    ...given("imageConfig", imageConfigOf(config)),
    ...given("vpc", vpcOf(config)),
    ...given("layers", layers.length > 0 ? layers : undefined),
    ...given("deadLetterArn", config.DeadLetterConfig?.TargetArn || undefined),
    ...given("fileSystem", mount && { accessPointArn: mount.Arn ?? "", path: mount.LocalMountPath ?? "" }),
    ...given("snapStart", config.SnapStart?.ApplyOn === "PublishedVersions" ? true : undefined),
    ...given("applicationLogLevel", logs?.ApplicationLogLevel),
    ...given("systemLogLevel", logs?.SystemLogLevel),
  };
}

/** The destination of what went well, which is told with the other settings of asynchronous calls. */
export const onSuccessIn = (
  invoke: FunctionEventInvokeConfig | undefined,
): Pick<Partial<FunctionSettings>, "onSuccessArn"> =>
  given("onSuccessArn", invoke?.DestinationConfig?.OnSuccess?.Destination || undefined);

/** What a setting is where nobody set it, when AWS tells it all the same. */
export const UNSET = {
  snapStart: { unset: false },
  applicationLogLevel: { unset: JSON_LEVEL },
  systemLogLevel: { unset: JSON_LEVEL },
} as const;

type Input = Partial<UpdateFunctionConfigurationRequest>;

/** What UpdateFunctionConfiguration takes for each; without a value it takes it back. */
export const OPTIONAL = {
  imageConfig: (one: FunctionSettings["imageConfig"] | undefined): Input => ({
    ImageConfig: one
      ? {
          Command: [...one.command],
          EntryPoint: [...one.entryPoint],
          ...(one.workingDirectory === null ? {} : { WorkingDirectory: one.workingDirectory }),
        }
      : {},
  }),
  vpc: (one: FunctionSettings["vpc"] | undefined): Input => ({
    VpcConfig: {
      SubnetIds: [...(one?.subnets ?? [])],
      SecurityGroupIds: [...(one?.securityGroups ?? [])],
      ...(one ? { Ipv6AllowedForDualStack: one.ipv6 } : {}),
    },
  }),
  layers: (one: FunctionSettings["layers"] | undefined): Input => ({ Layers: [...(one ?? [])] }),
  deadLetterArn: (one: FunctionSettings["deadLetterArn"] | undefined): Input => ({
    DeadLetterConfig: { TargetArn: one ?? "" },
  }),
  fileSystem: (one: FunctionSettings["fileSystem"] | undefined): Input => ({
    FileSystemConfigs: one ? [{ Arn: one.accessPointArn, LocalMountPath: one.path }] : [],
  }),
  snapStart: (one: FunctionSettings["snapStart"] | undefined): Input => ({
    SnapStart: { ApplyOn: one ? "PublishedVersions" : "None" },
  }),
};

/** The levels go with the rest of LoggingConfig: left out they are Lambda's own again. */
export const levelsOf = ({
  applicationLogLevel,
  systemLogLevel,
}: Partial<FunctionSettings>): UpdateFunctionConfigurationRequest["LoggingConfig"] => ({
  ...given("ApplicationLogLevel", applicationLogLevel),
  ...given("SystemLogLevel", systemLogLevel),
});
