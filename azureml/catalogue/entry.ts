/** One entry of the error catalogue. `{name}` is replaced by the parameter of that name. */
export interface Entry {
  /** What is wrong: `property: value seen; what is allowed`. */
  message: string;
  /** What to do next. */
  remedy: string;
}
