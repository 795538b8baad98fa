/** For a server process: says where it listens and, whenever it is asked, how much CPU time it has used. */
export function report(port: number) {
  process.on('message', () => {
    const { user, system } = process.cpuUsage()
    process.send?.({ cpu: user + system })
  })
  process.on('disconnect', () => process.exit())
  process.send?.({ port })
}
