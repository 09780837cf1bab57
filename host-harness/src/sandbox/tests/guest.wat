;; The smallest connector. Memory is all zeros, and zeros mean: well, empty, `more` with an empty cursor. A test replaces
;; the bodies of `plan` and `collect`.
(module
  (import "binadox:connector/sink@0.1.0" "emit" (func $emit (param i32 i32 i32)))
  (import "binadox:connector/log@0.1.0" "write" (func $log (param i32 i32 i32)))
  (memory (export "memory") 4)
  (global $free (mut i32) (i32.const 131072))

  ;; The id of the manifest, and below 8192 the manifest itself.
  (data (i32.const 16) "guest")
  (data (i32.const 32) "s3cret-value")
  (data (i32.const 4096) "\10\00\00\00\05\00\00\00")

  (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32)
    (global.set $free (i32.and (i32.add (global.get $free) (i32.const 7)) (i32.const -8)))
    (global.get $free)
    (global.set $free (i32.add (global.get $free) (local.get 3))))

  (func (export "binadox:connector/connector@0.1.0#describe") (result i32)
    (i32.const 4096))
  (func (export "binadox:connector/connector@0.1.0#configure") (param i32 i32) (result i32)
    (i32.const 8192))
  (func (export "binadox:connector/connector@0.1.0#connect")
    (param i32 i32 i32 i32 i32 i32 i32 i32 i64 i32 i64) (result i32)
    (i32.const 8192))
  (func (export "binadox:connector/connector@0.1.0#renew")
    (param i32 i32 i32 i32 i32 i64 i32 i64) (result i32)
    (i32.const 8192))
  (func (export "binadox:connector/connector@0.1.0#plan")
    (param i32 i32 i32 i32 i64 i32 i64) (result i32)
    (; plan ;))
  (func $collect (export "binadox:connector/connector@0.1.0#collect") (param i32) (result i32)
    (; collect ;))
  (func (export "binadox:connector/connector@0.1.0#discover") (param i32) (result i32)
    (i32.const 8192))
)
