export function sizeOf(key: string, value: unknown): number {
  return 100 + key.length + ((value as { byteLength?: number })?.byteLength ?? 0)
}
