import type { FunctionProps } from "./props.ts";

/** Runtimes that SnapStart knows. Source: Lambda's developer guide, "SnapStart: supported features and limitations". */
const SNAPS = /^(python3\.(1[2-9])|java(1[1-9]|[2-9]\d)|dotnet([89]|\d\d))/;

/** Why settings do not go together, and what to do. */
export function clashes(props: FunctionProps): readonly (readonly [text: string, fix: string])[] {
  const { vpc, fileSystem, snapStart, runtime, packageType, layers, logFormat } = props;
  const levels = props.applicationLogLevel !== undefined || props.systemLogLevel !== undefined;
  const image = packageType !== undefined;
  const table: readonly (readonly [boolean, string, string])[] = [
    [
      fileSystem !== undefined && vpc === undefined,
      "a file system is reached through a network only",
      "Give `vpc`, with a subnet that has a mount target of the file system.",
    ],
    [levels && logFormat !== "JSON", "levels of logs go with JSON alone", "Say `logFormat: JSON`."],
    [image && layers !== undefined, "an image takes no layers", "Build what they hold into the image."],
    [
      image && props.sourceKmsKey !== undefined,
      "an image lies in ECR, under the key of its repository",
      "Leave `sourceKmsKeyArn` out.",
    ],
    [
      image && props.codeSigningArn !== undefined,
      "Lambda checks no signatures of images",
      "Leave `codeSigningConfig` out.",
    ],
    [
      snapStart === true && (image || !SNAPS.test(runtime)),
      `SnapStart does not know ${image ? "images" : runtime}`,
      "It knows Python from 3.12, Java from 11 and .NET from 8.",
    ],
    [
      snapStart === true && (fileSystem !== undefined || props.ephemeralStorageMb > 512),
      "SnapStart takes no file system and no more than 512 MB under /tmp",
      "Leave one of the two out.",
    ],
  ];
  return table.flatMap(([wrong, text, fix]) => (wrong ? [[text, fix] as const] : []));
}
