-- Opens a file with the shipped set-up, asks for actions at its `sorry`, applies the first, saves, and says what it saw.
local out, steps = os.getenv("PROVER_TEST_OUT"), {}

local function finish(record)
  record.steps = steps
  local file = assert(io.open(out, "w"))
  file:write(vim.fn.json_encode(record))
  file:close()
  vim.cmd("qa!")
end

local function client()
  return vim.tbl_filter(function(one)
    return one.name == "prover" and one.initialized
  end, vim.lsp.get_active_clients())[1]
end

local ok, problem = pcall(function()
  vim.fn.search("sorry")
  assert(vim.wait(60000, client), "the server did not start")
  table.insert(steps, "attached")

  local function request(method, params)
    local answers = assert(vim.lsp.buf_request_sync(0, method, params, 60000))
    return (answers[client().id] or {}).result
  end

  local actions
  assert(vim.wait(120000, function()
    local params = vim.lsp.util.make_range_params()
    params.context = { diagnostics = {} }
    actions = vim.tbl_filter(function(action)
      return action.edit ~= nil
    end, request("textDocument/codeAction", params) or {})
    return #actions > 0
  end, 200), "no action came")
  table.insert(steps, actions[1].title)
  vim.lsp.util.apply_workspace_edit(actions[1].edit, client().offset_encoding)
  vim.cmd("write")

  vim.fn.search("trivial")
  local shown = request("textDocument/hover", vim.lsp.util.make_position_params())
  table.insert(steps, shown and shown.contents.value or "no hover")

  vim.fn.search("theorem two")
  vim.fn.search("sorry")
  vim.cmd("ProverFinish")
  assert(vim.wait(60000, function()
    return vim.fn.search("sorry", "nw") == 0
  end, 50), "ProverFinish changed nothing")
  vim.cmd("write")
end)
finish({ ok = ok, problem = tostring(problem) })
