/** What a read asks for. */

/** What is to be read: a record, and the registers that can kill it. */
export interface ReadRequest {
  /** The physical key. */
  readonly key: string
  /** The key as the user knows it, by which it is placed. */
  readonly name: string
  /** Registers that apply to every record of this place. */
  readonly registers: readonly string[]
  /** The register of a tag of the record's. */
  readonly tagRegister: (tag: string) => string
}
