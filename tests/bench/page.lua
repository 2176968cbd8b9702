-- Says in one line of JSON what a run of GETs came to. Arguments of wrk choose the page.
done = function(summary, latency, requests)
  local e = summary.errors
  print(string.format(
    'RUN {"done": %d, "bytes": %d, "failed": %d, "seconds": %f, "p50": %f, "p95": %f}',
    summary.requests, summary.bytes, e.connect + e.read + e.write + e.timeout + e.status,
    summary.duration / 1e6, latency:percentile(50) / 1e3, latency:percentile(95) / 1e3))
end
