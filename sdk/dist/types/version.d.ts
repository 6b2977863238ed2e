/** Of the package. The wire has a version of its own, see `frames.ts`. */
export declare const version = "1.0.0";
