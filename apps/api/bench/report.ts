/** For a server process: reports its port and, whenever asked, its CPU time. */
export function report(port: number) {
  process.on('message', () => {
    const { user, system } = process.cpuUsage()
    process.send?.({ cpu: user + system })
  })
  process.on('disconnect', () => process.exit())
  process.send?.({ port })
}
