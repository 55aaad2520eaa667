import { z } from "zod";

/** An object of which exactly one member is given, named by it: `- soak: 24h`. @param what it is, for the message */
export function oneOf<Shape extends z.ZodRawShape>(shape: Shape, what: string) {
  const names = Object.keys(shape).join(", ");
  return z
    .strictObject(shape)
    .partial()
    .refine((given) => Object.keys(given).length === 1, `must name exactly one ${what}: ${names}`);
}
