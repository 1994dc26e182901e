/** Circles in a directed graph, as strongly connected components (Tarjan, 1972). */

/** Every set of two or more nodes that reach each other, and every node that points at itself. Sorted. */
export function circlesOf(edges: ReadonlyMap<string, Iterable<string>>): string[][] {
  const order = new Map<string, number>()
  const low = new Map<string, number>()
  const stack: string[] = []
  const circles: string[][] = []
  const visit = (node: string): void => {
    order.set(node, order.size)
    low.set(node, order.get(node)!)
    const depth = stack.push(node) - 1
    for (const next of edges.get(node) ?? []) {
      if (!order.has(next)) visit(next)
      if (stack.includes(next)) low.set(node, Math.min(low.get(node)!, low.get(next)!))
    }
    if (low.get(node) !== order.get(node)) return
    const members = stack.splice(depth)
    if (members.length > 1 || [...(edges.get(node) ?? [])].includes(node)) circles.push(members.sort())
  }
  for (const node of edges.keys()) if (!order.has(node)) visit(node)
  return circles.sort()
}
