/** Something in a pipeline that is allowed and hardly meant. */
export interface PipelineWarning {
  /** Where in the file. */
  readonly path: (string | number)[];
  readonly message: string;
}
