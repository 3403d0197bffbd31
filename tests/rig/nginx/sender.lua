-- SPDX-License-Identifier: MIT
-- A file sender that behaves like nginx's static module, plus a paced link and the faults of faults.lua.
--
-- entity: what the file is (size, validators). reply: what is said about it (status, headers, which bytes, how fast).
-- Faults may change either. limit_rate is not used: it gives each request its first second free.
local faults = require 'faults'
local File = require 'file'
local wire = require 'wire'

local kChunk = 128 * 1024
local kLinks = {  -- seconds before each response; bytes a second of each response
    lan = {delay = 0},
    dc = {delay = 0.010},
    wan = {delay = 0.040, rate = 25e6},
    vcenter = {delay = 0.150, rate = 10e6},
}

local M = {}

local function now()
    ngx.update_time()
    return ngx.now()
end

-- /wan/a/b and /fault/wan/a/b → 'wan', '/a/b'
local function split(uri)
    uri = uri:gsub('^/fault/', '/')
    return uri:match('^/([^/]+)(/.*)$')
end

-- Seconds before each response on the link that this path goes through.
function M.delay(uri)
    return kLinks[split(uri)].delay
end

local function describe(file)
    return {
        file = file,
        size = file.size,
        etag = string.format('"%x-%x"', file.mtime, file.size),
        last_modified = ngx.http_time(file.mtime),
        accept_ranges = 'bytes',
    }
end

-- One range only; nil for "send it all", false for "not satisfiable".
local function parse_range(header, size)
    local first, last = header:match('^bytes=(%d*)%-(%d*)$')
    if not first or first .. last == '' then return nil end
    if first == '' then
        local suffix = math.min(tonumber(last), size)
        return suffix > 0 and {size - suffix, size - 1} or false
    end
    first, last = tonumber(first), math.min(tonumber(last) or size - 1, size - 1)
    if first >= size then return false end
    if last < first then return nil end
    return {first, last}
end

local function matches(header, etag)
    return header == '*' or (etag ~= nil and header:find(etag, 1, true) ~= nil and not header:find('^W/'))
end

-- What an honest server says about the entity to this request.
local function answer(entity, asked)
    local reply = {status = 200, first = 0, length = entity.size, headers = {
        ETag = entity.etag, ['Last-Modified'] = entity.last_modified, ['Accept-Ranges'] = entity.accept_ranges,
    }}
    if asked['if-match'] and not matches(asked['if-match'], entity.etag) then
        return {status = 412, text = 'precondition failed\n', headers = {}}
    end
    local range = asked.range
    local guard = asked['if-range']
    if guard and guard ~= entity.last_modified and not (guard:find('^"') and matches(guard, entity.etag)) then
        range = nil
    end
    if not range or entity.ignore_range or entity.size == 0 then return reply end
    local span = parse_range(range, entity.size)
    if span == false then
        return {status = 416, text = 'no such range\n', headers = {['Content-Range'] = 'bytes */' .. entity.size}}
    elseif span then
        reply.status, reply.first, reply.length = 206, span[1], span[2] - span[1] + 1
        reply.headers['Content-Range'] = string.format('bytes %d-%d/%d', span[1], span[2], entity.size)
    end
    return reply
end

-- Bytes [position, position + count) of the reply's body, at most a chunk of them.
local function body(reply, entity, position, count)
    if reply.text then return reply.text:sub(position + 1, position + math.min(count, reply.chunk)) end
    return entity.file:read(reply.first + position, math.min(count, reply.chunk))
end

-- Sends the body on schedule: byte n leaves no earlier than start + n / rate.
local function send_body(reply, entity, link)
    local sent, start = 0, now()
    local rate = reply.rate or link.rate
    while sent < reply.length do
        if sent == reply.cut then return wire.cut(reply.how) end
        if sent == reply.stall then
            ngx.sleep(reply.stall_seconds)
            start = start + reply.stall_seconds
        end
        local edge = reply.length
        for _, stop in pairs({reply.cut or edge, reply.stall or edge}) do
            if stop > sent and stop < edge then edge = stop end
        end
        local data = body(reply, entity, sent, edge - sent)
        if data == '' then return wire.cut('fin') end  -- the file shrank
        ngx.print(data)
        if not ngx.flush(true) then return end
        sent = sent + #data
        if rate then
            local ahead = start + sent / rate - now()
            if ahead >= 0.001 then ngx.sleep(ahead) end
        end
    end
end

local function send(reply, entity, link)
    ngx.status = reply.status
    for name, value in pairs(reply.headers) do ngx.header[name] = value end
    if reply.text then reply.length = #reply.text end
    reply.chunk = reply.chunk or kChunk
    if not reply.unsized then ngx.header['Content-Length'] = reply.length end
    local wait = link.delay + (reply.delay or 0)
    if wait > 0 then ngx.sleep(wait) end
    if reply.drop then return wire.cut(reply.drop) end
    ngx.send_headers()
    if ngx.req.get_method() == 'HEAD' then return end
    ngx.flush(true)
    send_body(reply, entity, link)
end

-- Rewrite phase of /fault/: decides which faults strike, since keep-alive can only be refused this early.
function M.arm()
    local _, path = split(ngx.var.uri)
    if path and faults.strike(path).no_keepalive then return ngx.exec('@once') end
end

function M.serve()
    local profile, path = split(ngx.var.uri)
    local link = kLinks[profile]
    local method = ngx.req.get_method()
    if not link then return ngx.exit(404) end
    if method ~= 'GET' and method ~= 'HEAD' then return ngx.exit(405) end
    local struck = faults.struck()
    local asked = ngx.req.get_headers()
    local file = File.open(docroot .. path)
    local entity = file and describe(file) or {size = 0}
    faults.change_entity(struck, entity)
    local reply = file and answer(entity, asked) or {status = 404, text = 'not found\n', headers = {}}
    faults.change_reply(struck, reply, entity)
    send(reply, entity, link)
    if file then file:close() end
end

return M
