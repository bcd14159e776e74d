# Files compiled into the window. A file named here and missing stops the configuration.
set(TILLER_ICONS open save undo redo contrast layers steer extract map generate stop pause add remove trash paste import
  export filter vector model close chevron-left chevron-right chevron-down info warning error curve dice float copy)
set(TILLER_CONTRAST_SETS formality verbosity technicality helpfulness confidence creativity refusal caution effort sentiment
  honesty sycophancy)

set(resource_folder ${CMAKE_CURRENT_LIST_DIR})

# tiller_resources(TARGET): gives the target :/icons/NAME.svg and :/contrast_sets/NAME.json.
function(tiller_resources target)
  foreach(name ${TILLER_ICONS})
    list(APPEND files ${resource_folder}/icons/${name}.svg)
  endforeach()
  foreach(name ${TILLER_CONTRAST_SETS})
    list(APPEND files ${resource_folder}/contrast_sets/${name}.json)
  endforeach()
  foreach(file ${files})
    if(NOT EXISTS ${file})
      message(FATAL_ERROR "Resource missing: ${file}")
    endif()
  endforeach()
  qt_add_resources(${target} tiller PREFIX / BASE ${resource_folder} FILES ${files})
endfunction()
