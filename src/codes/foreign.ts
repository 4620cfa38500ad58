declare const foreignCode: unique symbol;

/** What a service itself calls an error (`ResourceNotFoundException`): handed on where we have no better word. */
export type ForeignCode = string & { readonly [foreignCode]: true };

/** Takes a service's own word for an error. It is no code of ours, and stands in no list. */
export const foreign = (code: string): ForeignCode => code as ForeignCode;
