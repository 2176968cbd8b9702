-- Eight people book, each thread its own: hold a time, follow to the payment, pay by wallet.
-- `init` gets the folder with a file a thread: session, csrf, slot and idempotency key in a line.
local ffi = require("ffi")
ffi.cdef [[ typedef struct { long s; long us; } moment; int gettimeofday(moment *, void *); ]]
local clock = ffi.new("moment")

local function ms()
  ffi.C.gettimeofday(clock, nil)
  return tonumber(clock.s) * 1e3 + tonumber(clock.us) / 1e3
end

local threads = {}

function setup(thread)
  thread:set("id", #threads)
  table.insert(threads, thread)
end

function init(args)
  visits, at, pay, began, booked, failed, first = {}, 1, nil, nil, {}, 0, ""
  steps = {}
  for line in io.lines(args[1] .. "/" .. id .. ".tsv") do
    local session, csrf, slot, key = line:match("(%S+)\t(%S+)\t(%S+)\t(%S+)")
    table.insert(visits, { slot = slot, key = key, headers = {
      ["Cookie"] = "sessionid=" .. session .. "; csrftoken=" .. csrf, ["X-CSRFToken"] = csrf,
      ["Content-Type"] = "application/x-www-form-urlencoded",
    } })
  end
end

-- wrk calls it once more than it sends, so only `response` goes on.
function request()
  local visit = visits[at]
  sent = ms()
  if pay then
    return wrk.format("POST", "/payments/process/" .. pay .. "/", visit.headers,
      "method=wallet&idempotency_key=" .. visit.key)
  end
  began = sent
  return wrk.format("POST", "/appointments/reserve/" .. visit.slot .. "/", visit.headers, "")
end

local function next_visit()
  at, pay = at + 1, nil
  if at > #visits then wrk.thread:stop(); at = #visits end
end

function response(status, headers, body)
  table.insert(steps, ms() - sent)
  local location = headers["Location"] or headers["location"] or ""
  local id, page = location:match("^/appointments/(%x+%-[%x%-]+)/(%l+)/$")
  if status == 302 and not pay and page == "details" then
    pay = id
    return
  end
  if status == 302 and pay and page == "confirmed" then
    table.insert(booked, ms() - began)
  else
    failed = failed + 1
    if first == "" then first = status .. " " .. location end
  end
  next_visit()
end

function done(summary, latency, requests)
  local pairs_ms, steps_ms, failures, said = {}, {}, 0, ""
  for _, thread in ipairs(threads) do
    for _, value in ipairs(thread:get("booked")) do table.insert(pairs_ms, string.format("%.2f", value)) end
    for _, value in ipairs(thread:get("steps")) do table.insert(steps_ms, string.format("%.2f", value)) end
    failures = failures + thread:get("failed")
    if said == "" then said = thread:get("first") end
  end
  local e = summary.errors
  print(string.format(
    'RUN {"seconds": %f, "failed": %d, "said": "%s", "pairs": [%s], "steps": [%s]}',
    summary.duration / 1e6, failures + e.connect + e.read + e.write + e.timeout, said,
    table.concat(pairs_ms, ","), table.concat(steps_ms, ",")))
end
