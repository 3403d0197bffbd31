-- SPDX-License-Identifier: MIT
-- Faults: which of them strike a request, and what they do to the entity and the reply.
--
-- A fault is one query string, "fault=NAME&key=value", from the request's own query or armed for a path (or '*') by
-- the control endpoint. Keys that choose the requests it strikes, in the order they come:
--   first=N, after=N, nth=N, every=N   counting from 1 those of the right method
--   p=0.05, seed=S                     the same requests in every run
--   method=GET|HEAD|any (default GET)
local wire = require 'wire'

local armed, counters = ngx.shared.faults, ngx.shared.counters
local M = {none = {}}

-- Uniform in [0, 1), decided by its arguments alone.
local function chance(count, seed)
    return tonumber(ngx.md5(count .. '/' .. seed):sub(1, 8), 16) / 2 ^ 32
end

local function strikes(args, key)
    local method = args.method or 'GET'
    if method ~= 'any' and method ~= ngx.req.get_method() then return false end
    local count = counters:incr(key, 1, 0)
    args.count = count
    local function number(name) return tonumber(args[name]) end
    if args.first and count > number('first') then return false end
    if args.after and count <= number('after') then return false end
    if args.nth and count ~= number('nth') then return false end
    if args.every and count % number('every') ~= 0 then return false end
    if args.p and chance(count, number('seed') or 1) >= number('p') then return false end
    return true
end

-- Counts this request against each fault of the path, and keeps those that strike it in a variable of the request (one
-- that survives ngx.exec).
function M.strike(path)
    local lines = (armed:get(path) or '') .. (armed:get('*') or '')
    if ngx.var.args and ngx.var.args:find('fault=', 1, true) then lines = lines .. ngx.var.args .. '\n' end
    local kept, names = {}, {}
    for line in lines:gmatch('[^\n]+') do
        local args = ngx.decode_args(line)
        if strikes(args, path .. '?' .. line) then
            kept[#kept + 1] = ngx.encode_args(args)
            names[args.fault] = true
        end
    end
    ngx.var.rig_struck = table.concat(kept, '\n')
    return names
end

function M.struck()
    local out = {}
    for line in (ngx.var.rig_struck or ''):gmatch('[^\n]+') do out[#out + 1] = ngx.decode_args(line) end
    return out
end

local function replace(reply, status, text, headers)
    for name in pairs(reply) do reply[name] = nil end
    reply.status, reply.text, reply.headers = status, text, headers or {}
end

-- What the file seems to be.
local entity_faults = {
    full_body = function(entity) entity.ignore_range = true end,
    etag = function(entity, args) entity.etag = args.value end,
    changing_etag = function(entity, args) entity.etag = '"version-' .. args.count .. '"' end,
    weak_etag = function(entity) entity.etag = entity.etag and 'W/' .. entity.etag end,
    no_etag = function(entity) entity.etag = nil end,
    no_last_modified = function(entity) entity.last_modified = nil end,
    no_accept_ranges = function(entity) entity.accept_ranges = nil end,
}

local content_range = {
    missing = function() return nil end,
    star = function(reply) return string.format('bytes %d-%d/*', reply.first, reply.first + reply.length - 1) end,
    total = function(reply, entity, by)
        return string.format('bytes %d-%d/%d', reply.first, reply.first + reply.length - 1, entity.size + by)
    end,
    -- Other bytes than those asked for, and it says so.
    shift = function(reply, entity, by)
        reply.first = math.max(0, math.min(reply.first + by, entity.size - reply.length))
        return string.format('bytes %d-%d/%d', reply.first, reply.first + reply.length - 1, entity.size)
    end,
    -- The right bytes under a header that names others.
    lie = function(reply, entity, by)
        return string.format('bytes %d-%d/%d', reply.first + by, reply.first + by + reply.length - 1, entity.size)
    end,
}

local function credentials_ok(args)
    local sent = ngx.req.get_headers()
    if args.kind == 'basic' then
        return sent.authorization == 'Basic ' .. ngx.encode_base64(args.user .. ':' .. args.password)
    elseif args.kind == 'bearer' then
        return sent.authorization == 'Bearer ' .. args.token
    end
    return (sent.cookie or ''):find(args.cookie, 1, true) ~= nil
end

local challenges = {basic = 'Basic realm="images"', bearer = 'Bearer realm="images"'}

-- What is said about it.
local reply_faults = {
    status = function(reply, args)
        local headers = {['Retry-After'] = args.retry_after, Allow = args.code == '405' and 'GET' or nil}
        replace(reply, tonumber(args.code), 'refused by the rig\n', headers)
    end,
    html = function(reply)
        ngx.req.clear_header('If-Match')  -- nginx would turn a 200 without that ETag into 412
        replace(reply, 200, '<!DOCTYPE html><title>Log in</title><form>user, password</form>\n',
                {['Content-Type'] = 'text/html'})
    end,
    gzip = function(reply, _, entity)
        if reply.text then return end
        local parts, at = {}, reply.first
        while at < reply.first + reply.length do
            parts[#parts + 1] = entity.file:read(at, reply.first + reply.length - at)
            at = at + #parts[#parts]
        end
        reply.text = wire.gzip(table.concat(parts))
        reply.headers['Content-Encoding'] = 'gzip'
    end,
    content_range = function(reply, args, entity)
        if reply.status ~= 206 then return end
        reply.headers['Content-Range'] = content_range[args.mode](reply, entity, tonumber(args.by or 512))
    end,
    -- A correct reply to a smaller range than the one asked for.
    short_range = function(reply, args, entity)
        if reply.status ~= 206 then return end
        reply.length = math.min(tonumber(args.bytes), reply.length)
        reply.headers['Content-Range'] =
            string.format('bytes %d-%d/%d', reply.first, reply.first + reply.length - 1, entity.size)
    end,
    cut = function(reply, args)
        if reply.text then return end
        reply.cut, reply.how = math.min(tonumber(args.bytes or 1000), math.floor(reply.length / 2)), args.how or 'fin'
    end,
    drop = function(reply, args) reply.drop = args.how or 'fin' end,
    stall = function(reply, args)
        if reply.text then return end
        reply.stall = math.min(tonumber(args.bytes or 1000), math.floor(reply.length / 2))
        reply.stall_seconds = tonumber(args.seconds or 600)
    end,
    drip = function(reply, args) reply.chunk, reply.rate = tonumber(args.bytes or 1), tonumber(args.rate or 20) end,
    delay = function(reply, args) reply.delay = tonumber(args.seconds) end,
    chunked = function(reply) reply.unsized = true end,
    redirect = function(reply, args)
        local target = args.to or ngx.var.uri:gsub('^/fault', '')
        if args.unique then target = target .. (target:find('?', 1, true) and '&' or '?') .. 'turn=' .. args.count end
        replace(reply, tonumber(args.code or 302), '', {Location = target})
    end,
    login = function(reply, args)
        if credentials_ok(args) then return end
        replace(reply, 401, 'log in first\n', {['WWW-Authenticate'] = challenges[args.kind]})
    end,
    limit = function(reply, args)
        local key = 'inflight ' .. ngx.var.uri
        ngx.var.rig_counted = key
        if counters:incr(key, 1, 0) > tonumber(args.most) then
            replace(reply, 503, 'too many at once\n', {['Retry-After'] = args.retry_after})
        end
    end,
    no_keepalive = function() end,  -- done by the location it was sent to
}

-- One of several misfortunes.
local misfortunes = {
    ['503'] = function(reply) reply_faults.status(reply, {code = '503'}) end,
    rst = function(reply, args) reply_faults.cut(reply, {bytes = args.bytes, how = 'rst'}) end,
    cut = function(reply, args) reply_faults.cut(reply, {bytes = args.bytes, how = 'fin'}) end,
    stall = function(reply, args) reply_faults.stall(reply, args) end,
}
function reply_faults.mix(reply, args)
    local kinds = {}
    for kind in (args.kinds or '503,rst,cut,stall'):gmatch('[^,]+') do kinds[#kinds + 1] = kind end
    local turn = math.floor(chance(args.count, 1009) * #kinds) + 1
    misfortunes[kinds[turn]](reply, args)
end

function M.change_entity(struck, entity)
    for _, args in ipairs(struck) do
        local change = entity_faults[args.fault]
        if change then change(entity, args) end
    end
end

function M.change_reply(struck, reply, entity)
    for _, args in ipairs(struck) do
        local change = reply_faults[args.fault]
        if change then change(reply, args, entity) end
    end
end

-- Log phase: the request no longer counts against a limit.
function M.leave()
    local key = ngx.var.rig_counted
    if key and key ~= '' then counters:incr(key, -1) end
end

-- POST /faults?fault=NAME&path=P&…: arms. DELETE /faults[?path=P]: disarms and starts counting anew.
function M.control()
    local args = ngx.req.get_uri_args()
    local path = args.path
    args.path = nil
    if ngx.req.get_method() == 'DELETE' then
        if path then armed:delete(path) else armed:flush_all() end
        counters:flush_all()
        return ngx.exit(204)
    end
    if not (entity_faults[args.fault] or reply_faults[args.fault]) then
        ngx.status = 400
        return ngx.say('no such fault: ', args.fault)
    end
    armed:set(path, (armed:get(path) or '') .. ngx.encode_args(args) .. '\n')
    return ngx.exit(204)
end

return M
