import type {
  FunctionConfiguration,
  FunctionEventInvokeConfig,
  UpdateFunctionConfigurationRequest,
} from "@aws-sdk/client-lambda";
import type { FunctionProps } from "./props.ts";
import { levelsOf, onSuccessIn, OPTIONAL, settingsIn } from "./settings.ts";

/** Values behind `??` are what Lambda does when nothing was set. */
export const configurationOf = (config: FunctionConfiguration, name: string) => ({
  runtime: config.Runtime ?? "",
  handler: config.Handler ?? "",
  roleArn: config.Role ?? "",
  description: config.Description ?? "",
  timeoutSeconds: config.Timeout ?? 3,
  memoryMb: config.MemorySize ?? 128,
  ephemeralStorageMb: config.EphemeralStorage?.Size ?? 512,
  architecture: config.Architectures?.[0] ?? ("x86_64" as const),
  environment: config.Environment?.Variables ?? {},
  kmsKey: config.KMSKeyArn || null,
  logGroup: config.LoggingConfig?.LogGroup ?? `/aws/lambda/${name}`,
  logFormat: config.LoggingConfig?.LogFormat ?? ("Text" as const),
  tracing: config.TracingConfig?.Mode ?? ("PassThrough" as const),
  ...settingsIn(config),
});

const RETRIES = 2;
const MAX_AGE = 21_600;

export const invokeOf = (config: FunctionEventInvokeConfig | undefined) => ({
  onFailureArn: config?.DestinationConfig?.OnFailure?.Destination || null,
  retryAttempts: config?.MaximumRetryAttempts ?? RETRIES,
  maxEventAgeSeconds: config?.MaximumEventAgeInSeconds ?? MAX_AGE,
  ...onSuccessIn(config),
});

export const isDefault = ({ onFailureArn, onSuccessArn, retryAttempts, maxEventAgeSeconds }: FunctionProps): boolean =>
  onFailureArn === null && onSuccessArn === undefined && retryAttempts === RETRIES && maxEventAgeSeconds === MAX_AGE;

const logging = (props: FunctionProps): Partial<UpdateFunctionConfigurationRequest> => ({
  LoggingConfig: { LogGroup: props.logGroup, LogFormat: props.logFormat, ...levelsOf(props) },
});

/** What UpdateFunctionConfiguration takes for each prop. What is not sent stays. */
const SETTINGS: {
  readonly [K in keyof FunctionProps]?: (props: FunctionProps) => Partial<UpdateFunctionConfigurationRequest>;
} = {
  runtime: ({ runtime }) => ({ Runtime: runtime as NonNullable<UpdateFunctionConfigurationRequest["Runtime"]> }),
  handler: ({ handler }) => ({ Handler: handler }),
  roleArn: ({ roleArn }) => ({ Role: roleArn }),
  description: ({ description }) => ({ Description: description }),
  timeoutSeconds: ({ timeoutSeconds }) => ({ Timeout: timeoutSeconds }),
  memoryMb: ({ memoryMb }) => ({ MemorySize: memoryMb }),
  ephemeralStorageMb: ({ ephemeralStorageMb }) => ({ EphemeralStorage: { Size: ephemeralStorageMb } }),
  environment: ({ environment }) => ({ Environment: { Variables: { ...environment } } }),
  kmsKey: ({ kmsKey }) => ({ KMSKeyArn: kmsKey ?? "" }),
  logGroup: logging,
  logFormat: logging,
  applicationLogLevel: logging,
  systemLogLevel: logging,
  tracing: ({ tracing }) => ({ TracingConfig: { Mode: tracing } }),
  imageConfig: ({ imageConfig }) => OPTIONAL.imageConfig(imageConfig),
  vpc: ({ vpc }) => OPTIONAL.vpc(vpc),
  layers: ({ layers }) => OPTIONAL.layers(layers),
  deadLetterArn: ({ deadLetterArn }) => OPTIONAL.deadLetterArn(deadLetterArn),
  fileSystem: ({ fileSystem }) => OPTIONAL.fileSystem(fileSystem),
  snapStart: ({ snapStart }) => OPTIONAL.snapStart(snapStart),
};

export const settingsOf = (
  props: FunctionProps,
  wanted: (key: string) => boolean,
): Partial<UpdateFunctionConfigurationRequest> =>
  Object.assign({}, ...Object.entries(SETTINGS).flatMap(([key, make]) => (wanted(key) ? [make(props)] : [])));
