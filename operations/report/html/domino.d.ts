/** The package's own types name another module. */
declare module "@mixmark-io/domino" {
  /** A document with this content. */
  export function createDocument(html: string): object;
}
