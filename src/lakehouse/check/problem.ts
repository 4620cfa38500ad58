/** A mistake that the schema cannot see, with the path in the config that it concerns. */
export interface Problem {
  readonly path: readonly (string | number)[];
  readonly message: string;
  readonly suggestion?: string;
}
